const operateHelp = `
The plan comes first: what moves, what is coded anew, and what may fail before, on the way and
afterwards; --dry-run shows it alone. Then it is followed to its end. Ctrl-C ends the following, not
the work: hamster cluster layout shows it again. Clients go on reading and writing all the while.
`;

/** Shown below the flags of `cluster drain`. */
export const drainHelp: string = `${operateHelp}
New objects stay off the node at once. Where too few nodes are left for the profile, large objects
are kept by a narrower one: the price is shown, and has to be accepted, by y or by --reencode. A
node that is dead is drained the same way: what it had is made anew from the other shards.

  hamster cluster drain 3 --dry-run
  hamster cluster drain 3
  hamster cluster undrain 3            at any moment, also half-way
  hamster cluster remove 3             once it is drained
`;

/** Shown below the flags of `cluster undrain`. */
export const undrainHelp: string = `${operateHelp}
What has moved away already comes back. It may be drained again at any moment.
`;

/** Shown below the flags of `cluster optimize`. */
export const optimizeHelp: string = `${operateHelp}
After nodes have joined, new objects take the wider profile at once; those that are there already
stay as they are, as safe as they were. This codes them anew, and makes the nodes' shares right.
`;

/** Shown below the flags of `cluster remove`. */
export const removeHelp = `
Only a node that is drained goes, and for good: its number and its key are never taken again. Its
process stops by itself. To bring the machine back, start it on an empty directory with a new token.

  hamster cluster drain 3 && hamster cluster remove 3 --yes
`;

/** Shown below the flags of `cluster layout`. */
export const layoutHelp = `
What is under way, how far it is, and why it waits where it does. One change at a time.
`;

/** Shown below the flags of `cluster pause` and `cluster resume`. */
export const pauseHelp = `
A pause holds up drains, optimizations and the shares of nodes that come, for the whole cluster,
also after restarts. Shards that are lost or damaged are made anew all the same, and what is kept
only once is still copied to a second node.
`;

/** Shown below the flags of `cluster abort`. */
export const abortHelp = `
Shards that have moved go back to where they were. What was coded anew stays as it is now: it can be
read as before, and hamster cluster optimize codes it as new objects are.
`;
