// Package service holds the readers of deployments against those that the tools
// themselves use: compose-go, the parser of BuildKit, and go-systemd.
package service
