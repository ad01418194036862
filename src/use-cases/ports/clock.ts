/** Time as the server sees it; tests bring their own. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never go back; for telling how long ago something was. */
  elapsed(): number;
}
