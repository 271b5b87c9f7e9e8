package evidence

import (
	"bytes"
	"encoding/json"
)

// journalMessage takes the message out of a line of "journalctl -o json"; one of the
// kernel as dmesg prints it.
func journalMessage(text []byte) (message []byte, ok bool) {
	if len(text) < 12 || text[0] != '{' || text[len(text)-1] != '}' || !bytes.Contains(text, []byte(`"MESSAGE"`)) {
		return nil, false
	}
	var entry struct {
		Message   string `json:"MESSAGE"`
		Transport string `json:"_TRANSPORT"`
	}
	// A message that is no text is written as a list of numbers, and says nothing here.
	if json.Unmarshal(text, &entry) != nil || entry.Message == "" {
		return nil, false
	}
	if entry.Transport == "kernel" {
		return []byte("[    0.000000] " + entry.Message), true
	}
	return []byte(entry.Message), true
}
