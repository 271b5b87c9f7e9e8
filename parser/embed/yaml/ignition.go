package yaml

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// dataURL reads the content of a file that Ignition has in a URL,
// {"source": "data:,net.core.somaxconn%3D1024%0A"}. It reports whether it is one.
func (y *yamlReader) dataURL(name string, contents *yaml.Node, p yamlPlace) bool {
	n := valueOf(contents, "source")
	s, ok := y.doc.scalar(n)
	text := s.text.String()
	if !ok || !strings.HasPrefix(text, "data:") {
		return false
	}
	head, body, _ := strings.Cut(text, ",")
	kind, _ := carrier.KindOf(name, "")
	switch {
	case strings.Contains(head, "base64") || wordOf(contents, "compression") == "gzip":
		if kind == detect.Sysctl || kind == detect.Nginx {
			at := max(y.doc.offset(n), 0)
			y.Skip(y.doc.in, at, at, "%s is encoded in a way in which it cannot be read here", name)
		}
		return true
	case body == "":
		return true
	}
	decoded, ok := unescapedURL(s.text.Slice(len(head)+1, len(text)))
	if !ok {
		return true
	}
	y.calls("a configuration of Ignition")
	y.Content(y.at(yamlPlace{world: p.world}, n), name, carrier.Glue(name), decoded, carrier.Nested(s.enc, source.Encoding{Escape: escapeURL, Lines: true}))
	return true
}

// unescapedURL replaces the escapes of a URL.
func unescapedURL(p carrier.Phrase) (out carrier.Phrase, ok bool) {
	text := p.String()
	cut := p.Cutter()
	from := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		if i+2 >= len(text) {
			return nil, false
		}
		c, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
		if err != nil {
			return nil, false
		}
		out = append(out, cut.Slice(from, i)...)
		out = append(out, carrier.Glue(string([]byte{byte(c)}))...)
		i += 2
		from = i + 1
	}
	return append(out, cut.Slice(from, len(text))...), true
}

// escapeURL writes text into a URL of data.
func escapeURL(text string) (string, bool) {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String(), true
}
