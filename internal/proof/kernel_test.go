//go:build linux

package proof

var kernelCases []struct{ claim }
