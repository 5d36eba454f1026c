/** A server before the server: it can be stopped and started as the real one cannot, and deploys another service worker. */

import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { baseUrl } from "./people";

export class Front {
  /** Added to /sw.js: another text is another version. */
  deployed = "";
  /** Answers in place of the application. */
  readonly instead = new Map<string, { status: number; body: string; type: string }>();
  private server: Server | undefined;
  private port = 0;
  private readonly sockets = new Set<Socket>();
  private readonly target = new URL(baseUrl());

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = createServer((incoming, outgoing) => {
      const { pathname } = new URL(incoming.url ?? "/", this.url);
      const instead = this.instead.get(pathname);
      if (instead) {
        outgoing.writeHead(instead.status, { "Content-Type": instead.type }).end(instead.body);
        return;
      }
      const inner = request(this.onward(incoming), (answer) => {
        const headers = { ...answer.headers };
        const suffix = pathname === "/sw.js" ? this.deployed : "";
        if (suffix) delete headers["content-length"];
        outgoing.writeHead(answer.statusCode ?? 502, headers);
        answer.pipe(outgoing, { end: false });
        answer.on("end", () => outgoing.end(suffix));
      });
      inner.on("error", () => outgoing.destroy());
      incoming.pipe(inner);
    });
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    server.on("upgrade", (incoming: IncomingMessage, outer: Socket, head: Buffer) => {
      const inner = connect(Number(this.target.port), this.target.hostname, () => {
        const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
        for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
          lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
        }
        inner.write(`${lines.join("\r\n")}\r\n\r\n`);
        inner.write(head);
        outer.pipe(inner).pipe(outer);
      });
      for (const socket of [inner, outer]) socket.on("error", () => [inner, outer].forEach((one) => one.destroy()));
      outer.on("close", () => inner.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  private onward({ method, url, headers }: IncomingMessage) {
    // Without compression, so that a text can be added at the end.
    return {
      host: this.target.hostname,
      port: this.target.port,
      path: url,
      method,
      headers: { ...headers, "accept-encoding": "identity" },
    };
  }
}
