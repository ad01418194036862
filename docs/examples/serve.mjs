// Serves the example pages with xterm.js on 127.0.0.1:
//
//   FAIRLEAD_ALLOWED_ORIGINS=http://127.0.0.1:8080 make run      so that the page may talk to the server
//   node docs/examples/serve.mjs                                 and open http://127.0.0.1:8080
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { resolve } = createRequire(import.meta.url);
const page = (name) => ({ file: fileURLToPath(new URL(name, import.meta.url)), type: 'text/html' });
const FILES = {
  '/': page('terminal.html'),
  '/raw': page('terminal-raw.html'),
  '/xterm.js': { file: resolve('@xterm/xterm/lib/xterm.js'), type: 'text/javascript' },
  '/xterm.css': { file: resolve('@xterm/xterm/css/xterm.css'), type: 'text/css' },
  '/addon-attach.js': { file: resolve('@xterm/addon-attach/lib/addon-attach.js'), type: 'text/javascript' },
};

const server = createServer((request, response) => {
  const found = FILES[request.url?.split('?')[0] ?? ''];
  if (!found) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': `${found.type}; charset=utf-8`, 'Cache-Control': 'no-store' });
  createReadStream(found.file).pipe(response);
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
