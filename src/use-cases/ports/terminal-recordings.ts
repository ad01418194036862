/** Takes a recording in, piece by piece. */
export interface RecordingWriter {
  /** `taken` is called when the text is stored, in the order of the calls, with what went wrong or `null`. */
  write(text: string, taken: (error: Error | null) => void): void;
  /** Resolves when all is stored. */
  close(): Promise<void>;
}

/** Where recordings of terminals are kept, by the id of the terminal. */
export interface RecordingStore {
  create(id: string): Promise<RecordingWriter>;
  /** What has been stored so far. Ends early with an error when the storage fails. */
  read(id: string): AsyncIterable<Uint8Array>;
  /** One that is not there is no failure. */
  remove(id: string): Promise<void>;
  /** Removes those that nothing was written to since then: what a server that was killed has left. */
  removeBefore(time: Date): Promise<void>;
}
