package lsp

import (
	"encoding/json"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
)

// answers is a channel on which no request has a result once the client has taken it
// back, be the result just on its way, and on which the code of that is the protocol's,
// not jrpc2's own.
type answers struct {
	channel.Channel

	mu   sync.Mutex
	open map[string]bool // requests without an answer, by number: whether they were taken back
}

func newAnswers(ch channel.Channel) *answers {
	return &answers{Channel: ch, open: map[string]bool{}}
}

// Recv receives a message.
func (a *answers) Recv() ([]byte, error) {
	raw, err := a.Channel.Recv()
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err != nil || json.Unmarshal(raw, &m) != nil {
		return raw, err
	}
	if m.Method == "" && m.ID != nil && m.Result == nil && m.Error == nil {
		// What Neovim 0.7 makes of an answer that is nil: Lua leaves it out.
		return []byte(`{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":null}`), nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case m.Method == "$/cancelRequest":
		var which struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(m.Params, &which) == nil {
			if _, waits := a.open[string(which.ID)]; waits {
				a.open[string(which.ID)] = true
			}
		}
	case m.Method != "" && m.ID != nil:
		a.open[string(m.ID)] = false
	}
	return raw, err
}

// Send sends a message.
func (a *answers) Send(raw []byte) error {
	var m struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id,omitempty"`
		Method  string          `json:"method,omitempty"`
		Error   *jrpc2.Error    `json:"error,omitempty"`
	}
	if json.Unmarshal(raw, &m) != nil || m.Method != "" || m.ID == nil {
		return a.Channel.Send(raw)
	}
	a.mu.Lock()
	back := a.open[string(m.ID)]
	delete(a.open, string(m.ID))
	a.mu.Unlock()
	switch {
	case back && m.Error == nil:
		m.Error = &jrpc2.Error{Code: codeCancelled, Message: "it was taken back"}
	case m.Error != nil && m.Error.Code == jrpc2.Cancelled:
		m.Error.Code = codeCancelled
	default:
		return a.Channel.Send(raw)
	}
	changed, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return a.Channel.Send(changed)
}
