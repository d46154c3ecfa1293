// Why the proxy turns a request away, and how it says so: in MWAA's wire form, so that every SDK shows the message.
import { randomUUID } from "node:crypto";
import { Refusal as SignatureRefusal, refusalResponse } from "../../local/front/refusals.ts";

/** An answer, complete, ready to be sent. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Thrown while a request is checked or forwarded; the listener answers it and forwards nothing. */
export class ProxyRefusal extends Error {
  override readonly name = "ProxyRefusal";
  readonly status: number;
  /** The error's type on the wire, e.g. `AccessDeniedException`. */
  readonly code: string;
  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** The request may not be made through this proxy. */
export const denied = (message: string): ProxyRefusal => new ProxyRefusal(403, "AccessDeniedException", message);

/**
 * The wire form of anything thrown: type in `x-amzn-errortype` and `__type`; a 403 says `Message` as well as `message`
 * (reference: MWAA's AccessDeniedException). Nothing of an unknown error goes out.
 */
export function refusalAnswer(error: unknown): Answer {
  if (error instanceof SignatureRefusal) {
    const { status, headers, body } = refusalResponse(error, "airflow", randomUUID());
    const members = JSON.parse(String(body)) as Record<string, unknown>;
    return {
      status,
      headers: { ...headers },
      body: JSON.stringify({ __type: headers["x-amzn-errortype"], ...members }),
    };
  }
  const { status, code, message } =
    error instanceof ProxyRefusal
      ? error
      : { status: 500, code: "InternalServerException", message: "The proxy met an internal fault." };
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": code, "x-amzn-requestid": randomUUID() },
    body: JSON.stringify({ __type: code, message, ...(status === 403 ? { Message: message } : {}) }),
  };
}
