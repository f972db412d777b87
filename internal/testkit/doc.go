// Package testkit holds what the tests of several packages share: the check
// for leaked goroutines and open files, golden files with their one flag, a
// logger that writes to the test, and waiting that tells what goes on when it is
// in vain. It must never be imported by code that is not a test (internal/layers
// sees to that) and knows none of our own types.
package testkit
