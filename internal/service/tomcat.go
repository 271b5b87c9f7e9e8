package service

import (
	"encoding/xml"
	"io"
	"path"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Tomcat: every Connector of conf/server.xml listens by itself.
//
//	<Connector port="8080" connectionTimeout="20000" maxThreads="50" />
//	           ^^^^^^^^^^^ where it listens
//	                       ^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 20 s, unless keepAliveTimeout says otherwise
//
// Source: tomcat.apache.org/tomcat-10.1-doc/config/http.html.

// isServerXML reports whether a file is Tomcat's own.
func isServerXML(f *source.File) bool {
	return path.Base(f.Path) == "server.xml" && strings.Contains(f.Text, "<Connector")
}

var xmlAttribute = lazyre.New(`([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)

// connectors makes a service of every Connector that speaks HTTP.
func connectors(f *source.File, base *Service) []*Service {
	var out []*Service
	dec := xml.NewDecoder(strings.NewReader(f.Text))
	dec.Strict = false
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // what counts is ASCII
	executors := map[string]settings{}
	for {
		start := int(dec.InputOffset())
		token, err := dec.RawToken()
		if err != nil {
			return out
		}
		tag, ok := token.(xml.StartElement)
		if !ok || tag.Name.Local != "Connector" && tag.Name.Local != "Executor" {
			continue
		}
		set := attributes(f, source.Span{Start: start, End: int(dec.InputOffset())})
		if tag.Name.Local == "Executor" {
			executors[set.text("name").Value] = set
			continue
		}
		if pool, ok := set["executor"]; ok { // its threads count, those of the connector do not
			delete(set, "maxThreads")
			if f, ok := executors[pool.Value]["maxThreads"]; ok {
				set["maxThreads"] = f
			}
		}
		if s := connector(set, base); s != nil {
			out = append(out, s)
		}
	}
}

// attributes reads the attributes of a tag with their places.
func attributes(f *source.File, tag source.Span) settings {
	set := settings{}
	for _, m := range xmlAttribute.FindAllStringSubmatchIndex(f.Slice(tag), -1) {
		text := f.Slice(tag)
		value := ""
		for _, g := range []int{4, 6} {
			if m[g] >= 0 {
				value = text[m[g]:m[g+1]]
			}
		}
		name := text[m[2]:m[3]]
		field := Field[string]{Value: value, Sure: Set, Name: name, At: Place{File: f, Span: source.Span{Start: tag.Start + m[0], End: tag.Start + m[1]}}}
		if strings.Contains(value, "${") {
			field.Value = string(source.Unknown)
		}
		set[name] = field
	}
	return set
}

// connector is one Connector; nil if it speaks AJP, or if nobody knows where it
// listens.
func connector(set settings, base *Service) *Service {
	if strings.Contains(strings.ToLower(set.text("protocol").Value), "ajp") {
		return nil
	}
	port := set.number("port")
	if !port.Known() || port.Value <= 0 {
		return nil
	}
	s := *base
	s.Variant, s.At = "tomcat", port.At
	s.Listens = []Field[Address]{as(port, Address{Host: wildcard(set.text("address").Value), Port: port.Value, Protocol: "http"})}
	s.AllListens = true
	idle := set.number("keepAliveTimeout")
	if _, written := set["keepAliveTimeout"]; !written {
		idle = set.number("connectionTimeout")
		if _, written := set["connectionTimeout"]; !written {
			idle = Field[int]{Value: 60_000, Sure: Default, At: port.At, Name: "connectionTimeout"}
		}
	}
	switch {
	case !idle.Known() || idle.Value == 0:
		s.Variant = ""
	case idle.Value < 0:
		s.Keeps = as(idle, facts.KeepsForever)
	default:
		s.Idle = as(idle, time.Duration(idle.Value)*time.Millisecond)
	}
	s.Requests = positive(set.number("maxKeepAliveRequests"))
	if n := set.number("maxKeepAliveRequests"); n.Value == 1 {
		s.Keeps, s.Idle = as(n, facts.ClosesAnnounced), Field[time.Duration]{}
	}
	s.Slots, s.Busy, s.Backlog = positive(set.number("maxConnections")), positive(set.number("maxThreads")), positive(set.number("acceptCount"))
	s.complete()
	return &s
}
