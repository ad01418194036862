// A terminal in a container, on the command line.
//
//   export FAIRLEAD=http://127.0.0.1:3000 TOKEN=flt_...
//   node docs/examples/terminal.mjs demo                        a shell; ctrl-] leaves it running
//   node docs/examples/terminal.mjs --attach <terminal id>      back to it
//   node docs/examples/terminal.mjs demo -- wc -c < file        a program, its input, its exit code
//
// It speaks v5.channel.k8s.io: the first byte of every frame is a channel.
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const RESIZE = 4;
const CLOSE = 255;
const LEAVE_KEY = 0x1d; // ctrl-]

const { FAIRLEAD = 'http://127.0.0.1:3000', TOKEN } = process.env;
const [target, second, ...rest] = process.argv.slice(2);
if (!TOKEN || !target || (target === '--attach' && !second)) {
  console.error(
    'usage: FAIRLEAD=http://127.0.0.1:3000 TOKEN=flt_... node terminal.mjs <container> [-- program arguments...]',
  );
  console.error('       ... node terminal.mjs --attach <terminal id>');
  process.exit(2);
}

const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
const terminalId = target === '--attach' ? second : randomUUID();
const socket = new WebSocket(address(), ['v5.channel.k8s.io'], {
  headers: { Authorization: `Bearer ${TOKEN}` },
});

function address() {
  const base = `${FAIRLEAD.replace(/^http/, 'ws')}/api/v1/docker`;
  if (target === '--attach') return `${base}/terminals/${terminalId}`;
  // Nobody comes back to a program that a script runs.
  const query = new URLSearchParams({ terminalId, tty: String(interactive), resumable: String(interactive) });
  if (second === '--') for (const argument of rest) query.append('cmd', argument);
  if (process.env.TERM) query.append('env', `TERM=${process.env.TERM}`);
  return `${base}/containers/${encodeURIComponent(target)}/terminal?${query}`;
}

const send = (channel, bytes) => socket.send(Buffer.concat([Buffer.of(channel), bytes]));
const sendSize = () => {
  const { columns: Width, rows: Height } = process.stdout;
  send(RESIZE, Buffer.from(JSON.stringify({ Width, Height })));
};

socket.on('open', () => {
  if (interactive) {
    sendSize();
    process.stdout.on('resize', sendSize);
    process.stdin.setRawMode(true);
  }
  process.stdin.on('data', (bytes) => {
    if (interactive && bytes.includes(LEAVE_KEY)) {
      socket.close();
      return;
    }
    send(STDIN, bytes);
    // Reading faster than the program takes would only fill memory.
    if (socket.bufferedAmount > 1024 * 1024) {
      process.stdin.pause();
      const timer = setInterval(() => {
        if (socket.bufferedAmount > 256 * 1024 && socket.readyState === WebSocket.OPEN) return;
        clearInterval(timer);
        process.stdin.resume();
      }, 10);
    }
  });
  process.stdin.on('end', () => socket.send(Buffer.of(CLOSE, STDIN)));
});

let status = null;
socket.on('message', (frame) => {
  const bytes = frame.subarray(1);
  if (frame[0] === STATUS) status = JSON.parse(bytes.toString());
  const stream = { [STDOUT]: process.stdout, [STDERR]: process.stderr }[frame[0]];
  // A slow reader of ours slows the program instead of filling memory.
  if (stream?.write(bytes) === false) {
    socket.pause();
    stream.once('drain', () => socket.resume());
  }
});

socket.on('unexpected-response', (_request, response) => {
  console.error(`The server answered ${response.statusCode}: see docs/errors.md for its problems.`);
  process.exit(1);
});
socket.on('error', (error) => console.error(error.message));
socket.on('close', (code, reason) => {
  if (interactive) process.stdin.setRawMode(false);
  process.stdin.destroy();
  const exit = /^exit:(\d+)$/.exec(reason.toString())?.[1];
  if (code === 1000 && exit !== undefined) {
    process.exitCode = Number(exit);
    return;
  }
  console.error(`\n${status?.message ?? (reason.toString() || `The connection has ended (${code}).`)}`);
  if (interactive)
    console.error(`Back to it, if it still runs: node docs/examples/terminal.mjs --attach ${terminalId}`);
  process.exitCode = 1;
});
