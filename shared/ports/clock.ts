// Time and chance as arguments (house rule 8).

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
}

export interface Identifiers {
  /** `e` and ten characters of `[a-z0-9]`. */
  environmentId(): string;
  /** Random; 26 characters of `[a-z0-9]`. */
  operationId(): string;
  /** URL-safe base64 of this many random bytes. */
  secret(bytes: number): string;
  /** A new Ed25519 key pair, base64: the public key raw (32 bytes), the private one as PKCS #8. */
  signingKeys(): { readonly publicKey: string; readonly privateKey: string };
}
