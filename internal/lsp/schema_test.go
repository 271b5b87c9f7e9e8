package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/creachadair/jrpc2/channel"
)

// metaModelFile is the protocol's own description of itself, Microsoft's metaModel.json
// (it says of itself 3.17.0), in the module whose types were made from it.
const metaModelFile = "internal/genlsp/testdata/metaModel.json"

// metaType is a type of the description.
type metaType struct {
	Kind    string          `json:"kind"`
	Name    string          `json:"name"`
	Element *metaType       `json:"element"`
	Key     *metaType       `json:"key"`
	Items   []metaType      `json:"items"`
	Value   json.RawMessage `json:"value"`
}

type metaProperty struct {
	Name     string   `json:"name"`
	Type     metaType `json:"type"`
	Optional bool     `json:"optional"`
}

type metaStructure struct {
	Name       string         `json:"name"`
	Properties []metaProperty `json:"properties"`
	Extends    []metaType     `json:"extends"`
	Mixins     []metaType     `json:"mixins"`
}

type metaMessage struct {
	Method string    `json:"method"`
	Params *metaType `json:"params"`
	Result *metaType `json:"result"`
}

type metaModel struct {
	Requests      []metaMessage   `json:"requests"`
	Notifications []metaMessage   `json:"notifications"`
	Structures    []metaStructure `json:"structures"`
	Enumerations  []struct {
		Name   string `json:"name"`
		Values []struct {
			Value any `json:"value"`
		} `json:"values"`
		SupportsCustomValues bool `json:"supportsCustomValues"`
	} `json:"enumerations"`
	TypeAliases []struct {
		Name string   `json:"name"`
		Type metaType `json:"type"`
	} `json:"typeAliases"`
}

// meta is the description.
var meta = sync.OnceValues(func() (*metaModel, error) {
	dir, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "go.lsp.dev/protocol").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), filepath.FromSlash(metaModelFile)))
	if err != nil {
		return nil, err
	}
	m := &metaModel{}
	return m, json.Unmarshal(raw, m)
})

// holds reports what is wrong with a value; nil if it is of the type.
func (m *metaModel) holds(v any, t *metaType, at string) error {
	wrong := func() error { return fmt.Errorf("%s is %v, and no %s%s", at, v, t.Kind, " "+t.Name) }
	switch t.Kind {
	case "base":
		return m.base(v, t, wrong)
	case "reference":
		return m.named(v, t.Name, at, wrong)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return wrong()
		}
		for i, x := range list {
			if err := m.holds(x, t.Element, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "map":
		object, ok := v.(map[string]any)
		if !ok {
			return wrong()
		}
		var value metaType
		if err := json.Unmarshal(t.Value, &value); err != nil {
			return err
		}
		for k, x := range object {
			if err := errors.Join(m.holds(k, t.Key, at), m.holds(x, &value, at+"."+k)); err != nil {
				return err
			}
		}
		return nil
	case "or":
		var all []error
		for i := range t.Items {
			err := m.holds(v, &t.Items[i], at)
			if err == nil {
				return nil
			}
			all = append(all, err)
		}
		return errors.Join(all...)
	case "and":
		for i := range t.Items {
			if err := m.holds(v, &t.Items[i], at); err != nil {
				return err
			}
		}
		return nil
	case "tuple":
		list, ok := v.([]any)
		if !ok || len(list) != len(t.Items) {
			return wrong()
		}
		for i := range list {
			if err := m.holds(list[i], &t.Items[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "literal":
		var s metaStructure
		if err := json.Unmarshal(t.Value, &s); err != nil {
			return err
		}
		return m.object(v, s.Properties, at, wrong)
	case "stringLiteral", "integerLiteral", "booleanLiteral":
		var want any
		if err := json.Unmarshal(t.Value, &want); err != nil {
			return err
		}
		if v != want {
			return fmt.Errorf("%s is %v, want %v", at, v, want)
		}
		return nil
	}
	return fmt.Errorf("the description has an unknown kind of type: %s", t.Kind)
}

func (*metaModel) base(v any, t *metaType, wrong func() error) error {
	ok := false
	switch t.Name {
	case "URI", "DocumentUri":
		s, is := v.(string)
		ok = is && strings.Contains(s, ":")
	case "string", "RegExp":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "null":
		ok = v == nil
	case "decimal":
		_, ok = v.(float64)
	case "integer", "uinteger":
		n, is := v.(float64)
		ok = is && n == math.Trunc(n) && n <= math.MaxInt32 && (n >= 0 || t.Name == "integer" && n >= math.MinInt32)
	}
	if !ok {
		return wrong()
	}
	return nil
}

func (m *metaModel) named(v any, name, at string, wrong func() error) error {
	if name == "LSPAny" || name == "LSPObject" || name == "LSPArray" {
		return nil
	}
	for i := range m.TypeAliases {
		if m.TypeAliases[i].Name == name {
			return m.holds(v, &m.TypeAliases[i].Type, at)
		}
	}
	for _, e := range m.Enumerations {
		if e.Name != name {
			continue
		}
		for _, x := range e.Values {
			if x.Value == v {
				return nil
			}
		}
		if _, isText := v.(string); e.SupportsCustomValues && isText {
			return nil
		}
		return wrong()
	}
	props, ok := m.properties(name)
	if !ok {
		return fmt.Errorf("the description has no type %s", name)
	}
	return m.object(v, props, at, wrong)
}

// properties are those of a structure, with what it takes from others; its own count.
func (m *metaModel) properties(name string) (out []metaProperty, ok bool) {
	i := slices.IndexFunc(m.Structures, func(s metaStructure) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	s := &m.Structures[i]
	out = slices.Clone(s.Properties)
	for _, other := range slices.Concat(s.Extends, s.Mixins) {
		more, _ := m.properties(other.Name)
		for _, p := range more {
			if !slices.ContainsFunc(out, func(x metaProperty) bool { return x.Name == p.Name }) {
				out = append(out, p)
			}
		}
	}
	return out, true
}

// object holds an object against properties; one that the protocol does not know is
// wrong, too: it is a slip of a pen.
func (m *metaModel) object(v any, props []metaProperty, at string, wrong func() error) error {
	object, ok := v.(map[string]any)
	if !ok {
		return wrong()
	}
	for _, p := range props {
		x, there := object[p.Name]
		if !there {
			if p.Optional {
				continue
			}
			return fmt.Errorf("%s lacks %s", at, p.Name)
		}
		if err := m.holds(x, &p.Type, at+"."+p.Name); err != nil {
			return err
		}
	}
	for name := range object {
		if !slices.ContainsFunc(props, func(p metaProperty) bool { return p.Name == name }) {
			return fmt.Errorf("%s has %s, which the protocol does not know there", at, name)
		}
	}
	return nil
}

// message holds what a server sends against the description. The method is that of the
// request that it answers, if it is an answer.
func (m *metaModel) message(raw []byte, answers string) error {
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	method, _ := v["method"].(string)
	list, part, what := m.Requests, "params", method
	switch {
	case answers != "":
		part, what = "result", answers
	case v["id"] == nil:
		list = m.Notifications
	}
	if v["error"] != nil {
		return nil
	}
	i := slices.IndexFunc(list, func(x metaMessage) bool { return x.Method == what })
	if i < 0 {
		return fmt.Errorf("the protocol has no %s", what)
	}
	t := list[i].Params
	if part == "result" {
		t = list[i].Result
	}
	value, there := v[part]
	if t == nil {
		if there && value != nil {
			return fmt.Errorf("%s has %s, and takes none", what, part)
		}
		return nil
	}
	return m.holds(value, t, what)
}

// schema is a channel of a client that holds all that the server sends against the
// protocol's description.
type schema struct {
	channel.Channel

	t     *testing.T
	model *metaModel
	mu    sync.Mutex
	asked map[string]string // methods of requests, by number
}

// inSchema wraps a client's channel.
func inSchema(t *testing.T, ch channel.Channel) channel.Channel {
	t.Helper()
	m, err := meta()
	if err != nil {
		t.Fatal(err)
	}
	return &schema{Channel: ch, t: t, model: m, asked: map[string]string{}}
}

// Send sends a message.
func (s *schema) Send(raw []byte) error {
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	if json.Unmarshal(raw, &m) == nil && m.ID != nil && m.Method != "" {
		s.mu.Lock()
		s.asked[string(m.ID)] = m.Method
		s.mu.Unlock()
	}
	return s.Channel.Send(raw)
}

// Recv receives a message.
func (s *schema) Recv() ([]byte, error) {
	raw, err := s.Channel.Recv()
	if err != nil {
		return raw, err
	}
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		s.t.Errorf("no JSON: %s", raw)
		return raw, nil
	}
	s.mu.Lock()
	answers := s.asked[string(m.ID)]
	s.mu.Unlock()
	if m.Method != "" {
		answers = ""
	} else if answers == "" {
		return raw, nil // to something that is no request of the protocol
	}
	if err := s.model.message(raw, answers); err != nil {
		s.t.Errorf("the protocol does not allow what the server sends: %v\n%.600s", err, raw)
	}
	return raw, nil
}

// TestSchema holds the description's reader against messages that are right, and wrong.
func TestSchema(t *testing.T) {
	t.Parallel()
	m, err := meta()
	if err != nil {
		t.Fatal(err)
	}
	const at = `"range": {"start": {"line": 0, "character": 1}, "end": {"line": 2, "character": 0}}`
	for _, c := range []struct{ answers, raw, wrong string }{
		{"", `{"method": "textDocument/publishDiagnostics", "params": {"uri": "file:///a", "diagnostics": [{` + at + `, "message": "x", "severity": 2, "tags": [1]}]}}`, ""},
		{"", `{"method": "textDocument/publishDiagnostics", "params": {"uri": "file:///a"}}`, "lacks diagnostics"},
		{"", `{"method": "textDocument/publishDiagnostics", "params": {"uri": "file:///a", "diagnostics": [{` + at + `, "message": "x", "severity": 7}]}}`, "severity"},
		{"", `{"method": "textDocument/publishDiagnostics", "params": {"uri": "file:///a", "diagnostics": [], "vers": 1}}`, "vers"},
		{"textDocument/hover", `{"id": 1, "result": null}`, ""},
		{"textDocument/hover", `{"id": 1, "result": {"contents": {"kind": "markdown", "value": "x"}}}`, ""},
		{"textDocument/hover", `{"id": 1, "result": {"contents": {"kind": "html", "value": "x"}}}`, "contents"},
		{"textDocument/definition", `{"id": 1, "result": [{"uri": "file:///a", ` + at + `}]}`, ""},
		{"textDocument/definition", `{"id": 1, "result": [{"uri": "file:///a", "range": {"start": {"line": -1, "character": 1}, "end": {"line": 2, "character": 0}}}]}`, "line"},
		{"", `{"method": "nothing/known", "params": {}}`, "nothing/known"},
	} {
		err := m.message([]byte(c.raw), c.answers)
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v, want %q", c.raw, err, c.wrong)
		}
	}
}
