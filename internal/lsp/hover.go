package lsp

import (
	"context"

	"github.com/creachadair/jrpc2"
)

func (s *server) hover(context.Context, *jrpc2.Request) (any, error) { return nil, nil }
