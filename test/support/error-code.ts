import { isFairleadError } from '../../src/domain/errors.ts';

/** The code of an error of ours; for `.catch(errorCode)`. @throws what is no error of ours. */
export function errorCode(error: unknown): string {
  if (isFairleadError(error)) return error.code;
  throw error;
}
