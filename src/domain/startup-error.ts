/** Why the program cannot start, with what to do about it, for the person who starts it. No secrets, no stack needed. */
export class StartupError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StartupError';
  }
}
