import { exitCodes } from "./exit-codes.ts";

/** Shown below the list of commands. */
export const topHelp = `
First steps:
  hamster serve                       serve S3 on 127.0.0.1:9000 from ./hamster-data
  hamster playground                  six nodes on this machine, to try a cluster out
  hamster serve --help                every flag, with examples
  hamster cluster --help              how nodes become a cluster

The first start makes credentials and shows them once. Then, with the aws cli:
  export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... AWS_DEFAULT_REGION=us-east-1
  export AWS_ENDPOINT_URL=http://127.0.0.1:9000
  aws s3 mb s3://photos
  aws s3 cp cat.jpg s3://photos/
`;

const exitCodeHelp = `
Exit codes:
${Object.values(exitCodes)
  .map(({ code, meaning }) => `  ${code}  ${meaning}`)
  .join("\n")}
`;

/** Shown below the flags of `serve`. */
export const serveHelp: string = `
What it does:
  An empty data directory becomes a new store, or with --token a node of the cluster that made the
  token. Any other is served from as it is: the same line works again, with its token too. A node
  that is alone takes others later, in place: its objects spread over them by themselves.

Credentials:
  An empty data directory takes HAMSTER_ACCESS_KEY_ID and HAMSTER_SECRET_ACCESS_KEY from the
  environment, or makes a pair and shows it once, on standard output. Later starts need neither;
  if they are set, they have to be the same. A node that joins has the cluster's. Requests are
  never served without a signature.

Examples:
  hamster serve --data-dir /srv/hamster --s3 0.0.0.0:9000
  hamster serve --domain s3.example.com          buckets are hosts too: BUCKET.s3.example.com
  HAMSTER_S3=127.0.0.1:9100 hamster serve        every flag has a variable, shown above
  npm start -- --s3 127.0.0.1:9100               from a checkout

  hamster serve --listen 10.0.0.1:9001 --s3 0.0.0.0:9000              the first of a cluster
  hamster serve --listen 10.0.0.2:9001 --s3 0.0.0.0:9000 --token ...  the next, on another machine
  hamster cluster token                          the token, on a node that runs

Signals:
  SIGTERM, SIGINT and SIGHUP let requests under way end (30 seconds at most), then stop. A second
  signal stops at once; nothing that was acknowledged is lost then either.
${exitCodeHelp}`;

/** Shown below the commands of `cluster`. */
export const clusterHelp = `
A cluster in three terminals:
  hamster serve --data-dir n1                                      founds it, shows credentials
  hamster serve --data-dir n2 --listen 127.0.0.1:9002 --s3 127.0.0.1:9102 \\
                --token $(hamster cluster token --data-dir n1)     joins it
  hamster serve --data-dir n3 --listen 127.0.0.1:9003 --s3 127.0.0.1:9103 \\
                --token $(hamster cluster token --data-dir n1)     joins it too
  hamster cluster status --data-dir n2                             any node shows all

Every node serves all of S3. With one node an object is kept once; with two it is kept twice, but
nothing can be decided while one is down; from three on any one node may fail.

Later: optimize keeps older objects as new ones are kept, drain and remove take a node out, layout
shows what is under way. Clients go on all the while.

The other commands do the same in steps: init founds and ends, join registers and ends, run runs.
`;

/** Shown below the flags of `cluster init`. */
export const initHelp: string = `
Credentials come from HAMSTER_ACCESS_KEY_ID and HAMSTER_SECRET_ACCESS_KEY, or are made and shown
once. Then run the node:
  hamster cluster init --data-dir n1 --zone a
  hamster cluster run --data-dir n1
${exitCodeHelp}`;

/** Shown below the flags of `cluster join`. */
export const joinHelp: string = `
The token is asked for once, on a node that runs, and is used up by the join:
  hamster cluster token --data-dir n1
  hamster cluster join --data-dir n2 --listen 127.0.0.1:9002 --zone b --token hamster1-...
  hamster cluster run --data-dir n2 --listen 127.0.0.1:9002 --s3 127.0.0.1:9102

With --replaces the node takes over all that another has, alive or dead, and nothing else moves;
the other one is removed when that is done, and never comes back:
  hamster serve --data-dir n4 --replaces 2 --token $(hamster cluster token --data-dir n1) ...

All users of a machine see a process's flags. To keep a token to yourself, put it into
HAMSTER_TOKEN, or give it by --token - on standard input.
${exitCodeHelp}`;

/** Shown below the flags of `cluster run`. */
export const runHelp: string = `
The same as hamster serve, but never founds a cluster: a directory that is empty by mistake is
told, not filled. The same line works again after a restart, with its token too.
${exitCodeHelp}`;

/** Shown below the flags of `cluster token`. */
export const tokenHelp = `
The token alone is on standard output, so that it can be put into a command:
  hamster serve --data-dir n2 --token $(hamster cluster token --data-dir n1) ...

It lets one node join, once, until its time is over. It names the members to ask and the keys they
have to prove: whoever has it can join, so treat it as a password.
`;

/** Shown below the flags of `cluster rotate-key`. */
export const rotateHelp = `
The node that runs on the data directory takes a new key and registers it with the cluster; the old
one is nobody's from then on. All members have to run, for each must know the new key before it is
used. Requests go on meanwhile. Join tokens made before name the old key: make them anew.
`;

/** Shown below the flags of `cluster recover`. */
export const recoverHelp: string = `
THE LAST RESORT. A cluster that lost half of its voters or more decides nothing any more. This makes
a new epoch of it that consists of one survivor alone: run it while that node is stopped, on the one
that has the most, with the flags that the node runs with. What only the others had is lost.

  hamster cluster recover --force --data-dir n1 --listen 10.0.0.1:9001
  hamster cluster run --data-dir n1 --listen 10.0.0.1:9001 --s3 10.0.0.1:9000

Others that live take part anew by themselves when they run, with the shards that they have. Once no
more of them come, hamster cluster confirm-recovery lets space be reclaimed again.
${exitCodeHelp}`;

/** Shown below the flags of `cluster confirm-recovery`. */
export const confirmHelp = `
After a recovery nothing is reclaimed, for a node that comes back later may have the only shards of
what others still name. Say with this command that no more nodes of the old epoch come.
`;

/** Shown below the flags of `cluster status`. */
export const statusHelp = `
Any node can be asked. Nodes are up, slow, full, draining or down; a voter decides with the others
what happens when, a learner only follows. What is tolerated is said for now: nodes that are down
count.
`;

/** Shown below the flags of `cluster repair`. */
export const repairHelp = `
Each node compares what it should have with what it has: when the layout changes, when it was away
or written around, and every hour. What is missing is copied, or made from other shards, and what
stands the least goes first. Any node can be asked, and answers for all of them.

  hamster cluster repair               what each node lacks, and what it waits for
  hamster cluster repair --now         look at once, without waiting for the hour
`;

/** Shown below the flags of `cluster scrub`. */
export const scrubHelp = `
Every node reads all that it keeps, again and again, and compares each byte with the checksums that
the cluster agreed on. A pass is spread over the time that the node was given with --scrub-time
(7d), and makes room for clients. Any node can be asked.

  hamster cluster scrub                how far it has come, and what it found
  hamster cluster scrub --now          a whole pass at once, on all nodes
`;

/** Shown below the flags of `doctor`. */
export const doctorHelp: string = `
Asks every node which shards it keeps, compares that with what all objects need, and names those
that lack some, the worst first, and why. Reads no bytes: for these see hamster cluster scrub. Any
node can be asked; it ends with 1 where something cannot be read.
`;

/** Shown below the flags of `playground`. */
export const playgroundHelp = `
All nodes run on 127.0.0.1 in three zones, with free ports. Their endpoints and credentials are
shown; any of them takes any request. Kill one and see what happens. Ctrl-C stops them all.

  hamster playground 3
  hamster playground --data-dir ./trial        keeps what is stored, for the next time
`;
