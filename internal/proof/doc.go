// Package proof holds tests that show what rules claim: they run the rules' own
// examples, bad and good, under the nginx that is installed and in network
// namespaces of the kernel that runs, and look at the effect. Nothing in it is
// part of the program.
package proof
