package lsp

import (
	"context"
	"encoding/json"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint"
)

// explainCommand opens the page of a rule.
const explainCommand = "tcplint.explain"

// execute runs a command of the server's own.
func (s *server) execute(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[commandParams](req)
	if err != nil {
		return nil, err
	}
	if p.Command != explainCommand {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "unknown command %q: there is %s", p.Command, explainCommand)
	}
	var id string
	if len(p.Arguments) != 1 || json.Unmarshal(p.Arguments[0], &id) != nil {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "%s wants the name of a rule", explainCommand)
	}
	rule, err := engine.Explain(id)
	if err != nil {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "%v", err)
	}
	s.mu.Lock()
	w := s.client.Window
	s.mu.Unlock()
	// The client is asked from outside of the request, which it may wait for.
	go func() {
		ctx := context.Background()
		if w != nil && w.ShowDocument != nil && w.ShowDocument.Support {
			raw, err := encode(&showParams{URI: docURI(lint.RuleURL(rule.ID)), External: yes()})
			if err == nil {
				_, err = s.rpc.Callback(ctx, "window/showDocument", raw)
			}
			if err == nil {
				return
			}
		}
		if raw, err := encode(showMessage(rule.Title + "\n\n" + rule.Why + "\n\n" + lint.RuleURL(rule.ID))); err == nil {
			_ = s.rpc.Notify(ctx, "window/showMessage", raw) // a client that is gone needs none
		}
	}()
	return nil, nil
}
