import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { FairleadError } from '../domain/errors.ts';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  431: 'Request Header Fields Too Large',
};

/** Answers what is not HTTP enough to become a request, and ends the connection. */
export function clientErrorHandler(
  this: FastifyInstance,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  // Reset by the peer, or already answered in part: there is nobody to tell, or no place to tell it.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const problem = toProblem(toFairleadError(error), { id: randomUUID(), url: '' });
  const { requestId, status } = problem;
  this.log.info(
    { requestId, status, address: socket.remoteAddress, reason: error.code },
    'no request could be read',
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}\r\n` +
      `Content-Type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${requestId}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
  // The rest of what the peer sends is not looked at, but reading it lets the answer through.
  socket.resume();
  setTimeout(() => socket.destroy(), 1_000).unref();
}

function toFairleadError({ code }: NodeJS.ErrnoException): FairleadError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new FairleadError('HEADERS_TOO_LARGE', 'The request line and headers take more than 16 KiB.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new FairleadError('VALIDATION_FAILED', 'The request did not arrive in time.');
  }
  return new FairleadError('VALIDATION_FAILED', 'What arrived is not HTTP.');
}
