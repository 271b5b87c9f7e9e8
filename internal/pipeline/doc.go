// Package pipeline holds no code. Its tests hold what takes tcplint into other
// people's pipelines to the programs that read it: the hooks to pre-commit, the
// action to bash, the packages to goreleaser, and every command line of docs/ci.md
// to a repository with a fault and to one without.
package pipeline
