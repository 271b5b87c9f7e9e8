//go:build race

package embed

// raced says that the race detector watches, under which everything allocates more.
const raced = true
