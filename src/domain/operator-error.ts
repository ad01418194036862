/**
 * Why the program cannot start or a command cannot do its work, with what to do about it, for the person who runs it.
 * The message is all that needs to be printed: no secrets, and no stack helps.
 */
export class OperatorError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OperatorError';
  }
}
