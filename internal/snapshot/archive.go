package snapshot

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Limits bound what an archive may hold, which may come from anybody.
type Limits struct {
	// Bytes is the size of all files unpacked, Files their number.
	Bytes int64
	Files int
	// Leave, if not nil, says which files are passed over: they count, but are not
	// held in memory.
	Leave func(name string) bool
}

// DefaultLimits are far above what collect writes.
func DefaultLimits() Limits { return Limits{Bytes: 512 << 20, Files: 20000} }

// Snapshot is an archive that was read.
type Snapshot struct {
	Manifest *Manifest
	FS       *Files
	// Problems say what of the archive was left out, and why: names that lead out,
	// links, devices, a cut end.
	Problems []error
}

// gzipMagic begins what gzip has packed.
var gzipMagic = []byte("\x1f\x8b")

// Is reports whether a file may be a snapshot, by its name and its beginning.
func Is(name string, head []byte) bool {
	switch {
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		return bytes.HasPrefix(head, gzipMagic)
	case strings.HasSuffix(name, ".tar"):
		const at, mark = 257, "ustar" // of the first header
		return len(head) >= at+len(mark) && string(head[at:at+len(mark)]) == mark
	}
	return false
}

// Read reads an archive into memory. An error means that nothing of it can be used;
// what is left out of an archive that can be is named in Problems.
func Read(r io.Reader, limits Limits) (*Snapshot, error) {
	in := bufio.NewReader(r)
	var text io.Reader = in
	if head, _ := in.Peek(len(gzipMagic)); bytes.Equal(head, gzipMagic) { // an error comes again
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("unpacking: %w", err)
		}
		text = unpacked
	}
	u := &unpacker{limits: limits, files: map[string]*file{}}
	if err := u.all(tar.NewReader(text)); err != nil {
		return nil, err
	}
	// What gzip writes behind the last file tells whether all is there.
	if _, err := io.Copy(io.Discard, io.LimitReader(text, limits.Bytes)); err != nil && len(u.problems) == 0 {
		if err := u.broken(err); err != nil {
			return nil, err
		}
	}
	return u.snapshot()
}

type unpacker struct {
	limits   Limits
	files    map[string]*file
	folders  []string
	problems []error
	bytes    int64
	count    int
}

// all takes the files of an archive. What comes before a broken place is kept.
func (u *unpacker) all(in *tar.Reader) error {
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return u.broken(err)
		}
		if u.count++; u.count > u.limits.Files {
			return fmt.Errorf("the archive has more than %d entries: no collector wrote it", u.limits.Files)
		}
		if err := u.entry(h, in); err != nil {
			return err
		}
	}
}

// broken notes where an archive breaks off; one that never began is none.
func (u *unpacker) broken(err error) error {
	if len(u.files) == 0 {
		return fmt.Errorf("this is no archive of a snapshot: %w", err)
	}
	u.problems = append(u.problems, fmt.Errorf("the archive is cut off or damaged after %d files: %w", len(u.files), err))
	return nil
}

func (u *unpacker) entry(h *tar.Header, in io.Reader) error {
	name := strings.TrimPrefix(path.Clean(h.Name), "./")
	switch {
	case h.Typeflag == tar.TypeXGlobalHeader:
		return nil
	case h.Typeflag == tar.TypeDir && fs.ValidPath(name):
		u.folders = append(u.folders, name)
		return nil
	case !fs.ValidPath(name) || name == "." || strings.ContainsAny(h.Name, "\\\x00"):
		u.leave(h.Name, "its name leads out of the archive")
		return nil
	case h.Typeflag != tar.TypeReg:
		u.leave(h.Name, "it is a link or a device, which no collector writes")
		return nil
	}
	if u.bytes += h.Size; h.Size < 0 || u.bytes > u.limits.Bytes {
		return fmt.Errorf("the archive unpacks to more than %d MB: no collector wrote it", u.limits.Bytes>>20)
	}
	if u.limits.Leave != nil && u.limits.Leave(name) {
		return nil
	}
	if _, again := u.files[name]; again {
		u.leave(h.Name, "it comes twice")
		return nil
	}
	data, err := io.ReadAll(in)
	if err != nil {
		u.problems = append(u.problems, fmt.Errorf("%s is cut off: %w", h.Name, err))
		if len(data) == 0 {
			return nil
		}
	}
	u.files[name] = &file{name: path.Base(name), data: data, time: h.ModTime}
	return nil
}

func (u *unpacker) leave(name, why string) {
	const most = 20
	if len(u.problems) < most {
		u.problems = append(u.problems, fmt.Errorf("%q is left out: %s", name, why))
	}
}

// snapshot looks for the manifest, at the top or in the one folder there.
func (u *unpacker) snapshot() (*Snapshot, error) {
	top := ""
	if _, ok := u.files[ManifestName]; !ok {
		for name := range u.files {
			if dir, rest, _ := strings.Cut(name, "/"); rest == ManifestName {
				top = dir
			}
		}
		if top == "" {
			return nil, fmt.Errorf("this archive is no snapshot: it has no %s (\"tcplint collect\" writes one)", ManifestName)
		}
		files := map[string]*file{}
		for name, f := range u.files {
			if rest, ok := strings.CutPrefix(name, top+"/"); ok {
				files[rest] = f
			} else {
				u.leave(name, "it lies beside the snapshot's folder")
			}
		}
		u.files = files
	}
	m, err := ReadManifest(bytes.NewReader(u.files[ManifestName].data))
	if err != nil {
		return nil, err
	}
	if !m.Complete {
		u.problems = append(u.problems, errors.New("the collector did not come to its end: what is missing was not looked at"))
	}
	linkSettings(u.files)
	var folders []string
	for _, name := range u.folders {
		if top == "" {
			folders = append(folders, name)
		} else if name, ok := strings.CutPrefix(name, top+"/"); ok {
			folders = append(folders, name)
		}
	}
	return &Snapshot{Manifest: m, FS: newFiles(u.files, folders...), Problems: u.problems}, nil
}
