package lsp

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
)

// withCodes is a channel on which a request that is cancelled before it is begun is
// answered with the code that the protocol has for that, not with jrpc2's own.
type withCodes struct{ channel.Channel }

var ownCancelled = []byte(strconv.Itoa(int(jrpc2.Cancelled)))

// Send sends a message.
func (c withCodes) Send(raw []byte) error {
	if !bytes.Contains(raw, ownCancelled) {
		return c.Channel.Send(raw)
	}
	var m struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id,omitempty"`
		Error   *jrpc2.Error    `json:"error,omitempty"`
	}
	if json.Unmarshal(raw, &m) != nil || m.Error == nil || m.Error.Code != jrpc2.Cancelled {
		return c.Channel.Send(raw)
	}
	m.Error.Code = codeCancelled
	if changed, err := json.Marshal(m); err == nil {
		raw = changed
	}
	return c.Channel.Send(raw)
}
