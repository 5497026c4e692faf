/** The part of Babel that the build uses; its packages carry no types of their own. */

declare module '@babel/core' {
  interface TransformOptions {
    readonly filename: string;
    readonly babelrc: boolean;
    readonly configFile: boolean;
    readonly presets: readonly (readonly [preset: unknown, options: Readonly<Record<string, unknown>>])[];
  }
  export function transformAsync(
    code: string,
    options: TransformOptions,
  ): Promise<{ readonly code?: string | null } | null>;
}

declare module '@babel/preset-typescript' {
  const preset: unknown;
  export default preset;
}

declare module 'babel-preset-solid' {
  const preset: unknown;
  export default preset;
}
