// A WebSocket client that costs little: it walks frame headers, answers pings, and hands out texts only where asked to.
// No compression is offered and the peer is trusted, so this is for measuring, not for anything else.
import crypto from "node:crypto";
import net from "node:net";

const [CONTINUATION, TEXT, CLOSE, PING] = [0, 1, 8, 9];

function frame(opcode, payload) {
  const long = payload.length > 65535 ? 8 : payload.length > 125 ? 2 : 0;
  const out = Buffer.allocUnsafe(6 + long + payload.length);
  out[0] = 0x80 | opcode;
  out[1] = 0x80 | (long === 8 ? 127 : long === 2 ? 126 : payload.length);
  if (long === 2) out.writeUInt16BE(payload.length, 2);
  if (long === 8) out.writeBigUInt64BE(BigInt(payload.length), 2);
  out.writeUInt32BE(0, 2 + long); // an all-zero mask: allowed, and the payload stays as it is
  payload.copy(out, 6 + long);
  return out;
}

export class Socket {
  // Until `light` is set, `onText(buffer)` gets each message whole.
  light = false;
  onText = () => {};
  onClose = () => {};
  messages = 0;
  closed = null;
  #rest = null; // an unfinished frame of a socket that reads texts
  #skip = 0; // payload bytes still to pass over, of a light one
  #fragments = [];

  static open(url, protocols) {
    const { hostname, port, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = new Socket();
      const tcp = (socket.tcp = net.connect({ host: hostname, port: Number(port), noDelay: true }));
      let head = Buffer.alloc(0);
      const answer = (data) => {
        head = Buffer.concat([head, data]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        tcp.off("data", answer);
        if (!head.toString("latin1", 0, 12).startsWith("HTTP/1.1 101")) {
          tcp.destroy();
          reject(new Error(`no WebSocket at ${url}: ${head.toString("latin1", 0, 200)}`));
          return;
        }
        tcp.on("data", (more) => socket.#take(more));
        resolve(socket);
        // After the caller's handlers are in place.
        if (head.length > end + 4) setImmediate(() => socket.#take(head.subarray(end + 4)));
      };
      tcp.on("data", answer);
      tcp.on("error", reject);
      tcp.on("close", () => {
        socket.closed ??= 1006;
        socket.onClose(socket.closed);
      });
      tcp.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${crypto.randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n` +
          `Sec-WebSocket-Protocol: ${protocols.join(", ")}\r\n\r\n`,
      );
    });
  }

  get bytesIn() {
    return this.tcp.bytesRead;
  }

  get bytesOut() {
    return this.tcp.bytesWritten;
  }

  send(text) {
    if (this.closed === null) this.tcp.write(frame(TEXT, Buffer.from(text)));
  }

  close() {
    if (this.closed !== null) return;
    this.closed = 1000;
    this.tcp.end(frame(CLOSE, Buffer.from([0x03, 0xe8])));
    setTimeout(() => this.tcp.destroy(), 500).unref();
  }

  #take(data) {
    if (this.#rest !== null) {
      this.#rest.push(data);
      this.#rest.size += data.length;
      if (this.#rest.size < this.#rest.wanted) return;
      data = Buffer.concat(this.#rest);
      this.#rest = null;
    }
    let at = 0;
    while (at < data.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, data.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      const left = data.length - at;
      if (left < 2) return this.#keep(data, at, 2);
      const opcode = data[at] & 0x0f;
      const short = data[at + 1] & 0x7f;
      const header = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (left < header) return this.#keep(data, at, header);
      const length =
        short === 126 ? data.readUInt16BE(at + 2) : short === 127 ? Number(data.readBigUInt64BE(at + 2)) : short;
      if (this.light && opcode < CLOSE) {
        this.messages++;
        this.#skip = length;
        at += header;
        continue;
      }
      if (left < header + length) return this.#keep(data, at, header + length);
      this.#message(opcode, (data[at] & 0x80) !== 0, data.subarray(at + header, at + header + length));
      at += header + length;
    }
  }

  #keep(data, at, wanted) {
    this.#rest = [data.subarray(at)];
    this.#rest.size = data.length - at;
    this.#rest.wanted = wanted;
  }

  #message(opcode, final, payload) {
    if (opcode === PING) this.tcp.write(frame(10, payload));
    else if (opcode === CLOSE) {
      this.closed ??= payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.tcp.end(frame(CLOSE, payload.subarray(0, 2)));
    } else if (opcode === TEXT || opcode === CONTINUATION) {
      if (!final || this.#fragments.length) {
        this.#fragments.push(Buffer.from(payload));
        if (!final) return;
        payload = Buffer.concat(this.#fragments);
        this.#fragments = [];
      }
      this.messages++;
      this.onText(payload);
    }
  }
}
