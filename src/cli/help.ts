import { exitCodes } from "./exit-codes.ts";

/** Shown below the list of commands. */
export const topHelp = `
First steps:
  hamster serve                       serve S3 on 127.0.0.1:9000 from ./hamster-data
  hamster serve --help                every flag, with examples

The first start makes credentials and shows them once. Then, with the aws cli:
  export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... AWS_DEFAULT_REGION=us-east-1
  export AWS_ENDPOINT_URL=http://127.0.0.1:9000
  aws s3 mb s3://photos
  aws s3 cp cat.jpg s3://photos/
`;

/** Shown below the flags of `serve`. */
export const serveHelp: string = `
Credentials:
  An empty data directory takes HAMSTER_ACCESS_KEY_ID and HAMSTER_SECRET_ACCESS_KEY from the
  environment, or makes a pair and shows it once, on standard output. Later starts need neither;
  if they are set, they have to be the same. Requests are never served without a signature.

Examples:
  hamster serve --data-dir /srv/hamster --s3 0.0.0.0:9000
  hamster serve --domain s3.example.com          buckets are hosts too: BUCKET.s3.example.com
  HAMSTER_S3=127.0.0.1:9100 hamster serve        every flag has a variable, shown above
  npm start -- --s3 127.0.0.1:9100               from a checkout

Signals:
  SIGTERM, SIGINT and SIGHUP let requests under way end (30 seconds at most), then stop. A second
  signal stops at once; nothing that was acknowledged is lost then either.

Exit codes:
${Object.values(exitCodes)
  .map(({ code, meaning }) => `  ${code}  ${meaning}`)
  .join("\n")}
`;
