import { ERROR_CATALOGUE, type ErrorCode, FairleadError } from '../src/domain/errors.ts';
import { closeFor, problemType, statusOf } from '../src/http/problem.ts';

const INTRODUCTION = `# Errors

Every failure is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem (\`application/problem+json\`). Programs go by
\`code\`, which never changes its meaning; \`title\` says the same for every occurrence, \`detail\` what happened this time, and
\`requestId\` is what the server's log and the audit trail call the request.

\`\`\`json
{
  "type": "/problems/container-not-found",
  "title": "${ERROR_CATALOGUE.CONTAINER_NOT_FOUND.title}",
  "status": 404,
  "detail": "No such container: web",
  "instance": "/api/v1/docker/containers/web",
  "code": "CONTAINER_NOT_FOUND",
  "requestId": "8c92c3f0-e339-4d37-a57b-6c3441beb024"
}
\`\`\`

A failed validation adds \`errors\`, a list of \`{ path, message }\`. A WebSocket that is refused before its upgrade gets the problem
as a plain answer; one that fails later is closed with the close code below, and the error's code begins the reason.

This page is made from the catalogue in \`src/domain/errors.ts\`: \`npm run errors:write\`.
`;

/** The text of docs/errors.md: the whole catalogue, by status. */
export function errorsDocument(): string {
  const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
  const statuses = [...new Set(codes.map(statusOf))].sort((a, b) => a - b);
  const sections = statuses.map((status) => {
    const rows = codes.filter((code) => statusOf(code) === status).map(row);
    return `## ${status}\n\n| code | close code | what it means | what to do |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function row(code: ErrorCode): string {
  const { title, remedy } = ERROR_CATALOGUE[code];
  const anchor = problemType(code).replace('/problems/', '');
  const closeCode = closeFor(new FairleadError(code, '')).code;
  return `| <a id="${anchor}"></a>\`${code}\` | ${closeCode} | ${cell(title)} | ${cell(remedy)} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
