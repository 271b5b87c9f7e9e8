package fleet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
)

// NotInForce is a kernel setting that a host's files make and its kernel does not have.
type NotInForce struct {
	Key string
	// File is the value of the line at From, Running the one that the kernel has.
	File, Running, From string
	Hosts               []int
}

type idleKey struct{ key, file, running, from string }

type idle struct{ idleKey }

type idleFold struct{ hosts []int }

// notInForce compares what files come to with the parameters in force. What cannot be
// told of either is left out.
func notInForce(files, live *model.Sysctl) []idle {
	var out []idle
	for _, key := range files.Keys() {
		v, running := files.Get(key), live.Get(key)
		if !v.Set || !v.Sure || !running.Set || ofInterface(key) {
			continue
		}
		if _, _, differ := files.Disagree(key); differ {
			continue
		}
		held := v.Value.Value
		if after, ok := files.Held(model.Procps, key); ok {
			if len(after) == 0 {
				continue // every line is refused: a rule says so
			}
			held = strings.Join(after, " ")
		}
		// A line may set the first numbers of several.
		now := model.Fields(running.Value.Value)
		if held = model.Fields(held); held != now && !strings.HasPrefix(now, held+" ") {
			out = append(out, idle{idleKey{strings.Clone(key), strings.Clone(held), strings.Clone(now), show.Place(v.Tree.File, v.Key.Span)}})
		}
	}
	return out
}

func (f *folder) addIdle(host int, x idle) {
	n := f.idle[x.idleKey]
	if n == nil {
		n = &idleFold{}
		f.idle[x.idleKey] = n
	}
	n.hosts = append(n.hosts, host)
}

func (f *folder) notInForce(at places) []NotInForce {
	var out []NotInForce
	for k, n := range f.idle {
		out = append(out, NotInForce{k.key, k.file, k.running, k.from, at.all(n.hosts)})
	}
	slices.SortFunc(out, func(a, b NotInForce) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.File+" "+a.Running, b.File+" "+b.Running), cmp.Compare(a.From, b.From))
	})
	return out
}
