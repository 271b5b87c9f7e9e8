//go:build tcplint_core

package embed

// readers are none: the core of the program reads plain files and their templates.
var readers []reader
