// Package narrate says in the language in use what is in a room: events, quotes, files.
// The window and the command line's exports take their sentences from here, so that
// both say the same. It knows no toolkit; what people wrote is made harmless before it
// becomes part of a sentence.
package narrate
