package lsp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/facts"
)

// clientSettings are what an editor may set, as initializationOptions or later. They
// take the place of the flags of the same names; .tcplint.toml has everything else.
type clientSettings struct {
	Nginx  *string `json:"nginx"`
	Kernel *string `json:"kernel"`
	Config *string `json:"config"`
}

// didChangeConfiguration takes new settings; they may stand in a section of the
// server's own.
func (s *server) didChangeConfiguration(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[settingsParams](req)
	if err != nil {
		return nil, err
	}
	if err := s.configure(p.Settings); err != nil {
		s.log(err.Error())
		if raw, err := encode(showMessage(err.Error())); err == nil {
			_ = s.rpc.Notify(context.Background(), "window/showMessage", raw) // a client that is gone needs none
		}
		return nil, nil
	}
	s.changed()
	return nil, nil
}

// configure reads settings. The error says which one is wrong; none counts then.
func (s *server) configure(raw lspAny) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var all struct {
		clientSettings

		Section *clientSettings `json:"tcplint"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("the editor's settings cannot be read: %w", err)
	}
	set := all.clientSettings
	if all.Section != nil {
		set = *all.Section
	}
	o := s.options.Workspace
	if set.Nginx != nil && *set.Nginx != "" {
		server, err := config.ParseServer(*set.Nginx)
		if err != nil {
			return fmt.Errorf("the editor's setting nginx: %w", err)
		}
		o.Override.Server = server
	}
	if set.Kernel != nil && *set.Kernel != "" {
		v, err := facts.ParseVersion(*set.Kernel)
		if err != nil {
			return fmt.Errorf("the editor's setting kernel: %w", err)
		}
		o.Override.Kernel = new(facts.Only(v))
	}
	if set.Config != nil && *set.Config != "" {
		o.Config = *set.Config
	}
	s.state.Lock()
	defer s.state.Unlock()
	s.session.options = o
	s.reopen = true
	s.generation++
	return nil
}
