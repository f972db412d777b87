// Package shelf keeps the contents of files on the person's own disk, sealed: what
// they send, from the moment it was chosen, and what they have fetched. It owns a
// folder. It knows nothing of messages; which contents are worth keeping is for its
// caller to say.
//
// A content is a file of blocks, each sealed by itself with XChaCha20-Poly1305
// under a key derived from the profile's, bound to the file's own random name tag,
// its number and whether it is the last. So a block can be read, or written behind
// others, without the rest, and none can be moved, swapped or left out. File names
// are keyed hashes of the contents' hashes: whoever has the disk learns sizes and
// times, not which files these are.
//
// A content is whole only under its final name, given after its hash was seen to
// be right. Parts of a fetch survive a restart.
package shelf
