export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ClaimRequest {
  /** Hash of token and Idempotency-Key, 64 lower-case hex digits. */
  readonly id: string;
  /** Hash of method, path and body: what must be equal when the key comes again. */
  readonly fingerprint: string;
  /** UUID made for this one request; only its bearer renews, completes or releases. */
  readonly claimant: string;
  readonly now: Date;
  /**
   * Until when the claim holds without being renewed. The worker renews well before (60 s, every 20 s); when its server
   * dies, the same request can be claimed anew after that.
   */
  readonly leaseUntil: Date;
  /** When the key is forgotten. */
  readonly expiresAt: Date;
}

export type Claim =
  | { readonly state: 'claimed' }
  /** Another request holds it. Compare the fingerprint first: a dead claim is taken over only by an equal request. */
  | { readonly state: 'in-progress'; readonly fingerprint: string }
  | { readonly state: 'done'; readonly fingerprint: string; readonly answer: StoredAnswer };

/** Remembers which requests with an Idempotency-Key run, and how those that are done were answered. */
export interface IdempotencyRepository {
  /** Atomic: of several calls with one id, on however many servers, one gets `claimed`. */
  claim(request: ClaimRequest): Promise<Claim>;
  /** Prolongs the lease. False when the claim was lost meanwhile. */
  renew(id: string, claimant: string, leaseUntil: Date): Promise<boolean>;
  /** Stores the answer for the requests to come. False when the claim was lost meanwhile: nothing is stored then. */
  complete(id: string, claimant: string, answer: StoredAnswer): Promise<boolean>;
  /** Gives the claim back, as if the request had never come; for answers that must not be replayed. */
  release(id: string, claimant: string): Promise<void>;
  /** Deletes what has expired; answers how many. */
  purge(now: Date): Promise<number>;
}
