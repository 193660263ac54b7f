// Who a form is from: its policy is what is signed, in either version of the signature.
import { equalSecrets, fromBase64, utf8 } from "#base/bytes.ts";
import { hmacSha1 } from "#base/hash.ts";
import { type Authenticated, type Authority, checkScope, credentialOf } from "./authenticate.ts";
import { parseAmzDate } from "./date.ts";
import { S3Error } from "./s3-error.ts";
import { algorithm, parseCredential } from "./signed-claim.ts";
import { isSameSignature } from "./sigv4.ts";

function missing(name: string): S3Error {
  return new S3Error("InvalidArgument", {
    message:
      `Bucket POST must contain a field named '${name}'.  If it is specified, please check the ` +
      "order of the fields.",
    details: { ArgumentName: name, ArgumentValue: "" },
  });
}

/** A field that must be there. */
export function neededField(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name.toLowerCase());
  if (value === undefined) throw missing(name);
  return value;
}

function wrongSignature(accessKeyId: string, signature: string): S3Error {
  return new S3Error("SignatureDoesNotMatch", {
    details: { AWSAccessKeyId: accessKeyId, SignatureProvided: signature },
  });
}

/**
 * Finds out who signed a form.
 *
 * @param fields names in lower case
 * @param policy what is signed: base64, so that a character is a byte
 * @throws S3Error as AWS answers forms that it does not trust
 */
export function authenticateForm(
  fields: ReadonlyMap<string, string>,
  policy: string,
  authority: Authority,
): Authenticated {
  const isNewer = fields.has("x-amz-signature") || fields.has("x-amz-algorithm");
  return isNewer ? byV4(fields, policy, authority) : byV2(fields, policy, authority);
}

function byV4(
  fields: ReadonlyMap<string, string>,
  policy: string,
  authority: Authority,
): Authenticated {
  if (neededField(fields, "X-Amz-Algorithm") !== algorithm) {
    throw new S3Error("InvalidArgument", {
      message: `X-Amz-Algorithm only supports "${algorithm}"`,
      details: { ArgumentName: "X-Amz-Algorithm" },
    });
  }
  const signature = neededField(fields, "X-Amz-Signature");
  const amzDate = neededField(fields, "X-Amz-Date");
  const credential = parseCredential(neededField(fields, "X-Amz-Credential"));
  if (credential === undefined || parseAmzDate(amzDate) === undefined) {
    throw new S3Error("AuthorizationQueryParametersError");
  }
  const { accessKeyId, date } = credential;
  const { region } = authority;
  checkScope({ by: "query", ...credential }, amzDate, region);
  const { secretAccessKey, account } = credentialOf(accessKeyId, authority);
  const key = authority.signingKeys.of(accessKeyId, secretAccessKey, { date, region });
  if (!isSameSignature(signature, key.sign(policy))) throw wrongSignature(accessKeyId, signature);
  return { accessKeyId, account, payload: { kind: "unsigned" }, signing: undefined };
}

function byV2(
  fields: ReadonlyMap<string, string>,
  policy: string,
  authority: Authority,
): Authenticated {
  const accessKeyId = neededField(fields, "AWSAccessKeyId");
  const signature = neededField(fields, "signature");
  const { secretAccessKey, account } = credentialOf(accessKeyId, authority);
  const given = fromBase64(signature);
  const expected = hmacSha1(utf8(secretAccessKey), utf8(policy));
  if (given === undefined || !equalSecrets(given, expected)) {
    throw wrongSignature(accessKeyId, signature);
  }
  return { accessKeyId, account, payload: { kind: "unsigned" }, signing: undefined };
}
