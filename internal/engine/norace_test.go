//go:build !race

package engine_test

// raced says that the race detector watches, under which everything allocates more.
const raced = false
