/** A push service that takes everything: `bun push-receiver.ts PORT`, in a process of its own. */

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch: async (request) => {
    await request.arrayBuffer();
    return new Response(null, { status: 201 });
  },
});
