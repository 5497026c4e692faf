/** The part of nodemailer that we use; it carries no types of its own. */

declare module 'nodemailer' {
  interface Options {
    readonly host: string;
    readonly port: number;
    readonly secure: boolean;
    readonly requireTLS: boolean;
    readonly auth?: { readonly user: string; readonly pass: string };
    readonly connectionTimeout: number;
    readonly greetingTimeout: number;
    readonly socketTimeout: number;
    readonly dnsTimeout: number;
    readonly disableFileAccess: boolean;
    readonly disableUrlAccess: boolean;
  }

  interface Message {
    readonly from: string;
    readonly to: { readonly name: string; readonly address: string };
    readonly subject: string;
    readonly text: string;
    readonly headers: Readonly<Record<string, string>>;
  }

  /** What `sendMail` rejects with has `responseCode` and `command` when the server has refused it. */
  export function createTransport(options: Options): {
    sendMail(message: Message): Promise<{ readonly messageId: string }>;
  };
}
