// ZWS 2.0 in a browser: a SUB or REQ socket that talks to a purezmq (or libzmq) socket bound to ws:// or wss://.
//
//   const sub = new ZwsSocket("ws://127.0.0.1:8001/feed", "SUB", (parts) => console.log(text(parts[0])));
//   sub.subscribe("");
//
// It connects again when the connection is lost. Messages are arrays of parts (Uint8Array).

"use strict";

const MORE = 1;
const COMMAND = 2;
const RETRY_MS = 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bytes(part) {
  return typeof part === "string" ? encoder.encode(part) : part;
}

function text(part) {
  return decoder.decode(part);
}

class ZwsSocket {
  constructor(url, type, onMessage) {
    this.url = url;
    this.type = type;
    this.onMessage = onMessage;
    this.topics = [];
    this.waiting = []; // messages sent before the peer was ready
    this.parts = [];
    this.isReady = false;
    this.connect();
  }

  connect() {
    // The bare name: browsers refuse ZWS2.0/NULL, because of the slash.
    this.ws = new WebSocket(this.url, "ZWS2.0");
    this.ws.binaryType = "arraybuffer";
    this.ws.onopen = () => this.sendFrame(0, []); // our routing id: none
    this.ws.onmessage = (event) => this.received(new Uint8Array(event.data));
    this.ws.onclose = () => {
      this.isReady = false;
      this.parts = [];
      setTimeout(() => this.connect(), RETRY_MS);
    };
  }

  // One frame of ZMTP is one message of WebSocket: a byte for the flags, then the body.
  sendFrame(flags, body) {
    const frame = new Uint8Array(1 + body.length);
    frame[0] = flags;
    frame.set(body, 1);
    this.ws.send(frame);
  }

  send(...parts) {
    if (!this.isReady) {
      this.waiting.push(parts);
      return;
    }
    const all = this.type === "REQ" ? [new Uint8Array(0), ...parts] : parts;
    all.forEach((part, index) => this.sendFrame(index < all.length - 1 ? MORE : 0, bytes(part)));
  }

  subscribe(topic) {
    this.topics.push(topic);
    if (this.isReady) this.sendFrame(0, [1, ...bytes(topic)]);
  }

  received(frame) {
    if (!this.isReady) {
      this.becomeReady(); // the first frame is the peer's routing id
      return;
    }
    if (frame[0] & COMMAND) return;
    this.parts.push(frame.subarray(1));
    if (frame[0] & MORE) return;
    const parts = this.type === "REQ" ? this.parts.slice(1) : this.parts;
    this.parts = [];
    this.onMessage(parts);
  }

  becomeReady() {
    this.isReady = true;
    this.topics.forEach((topic) => this.sendFrame(0, [1, ...bytes(topic)]));
    this.waiting.splice(0).forEach((parts) => this.send(...parts));
  }
}

if (typeof module !== "undefined") module.exports = { ZwsSocket, text }; // for node
