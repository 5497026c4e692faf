// The other side of `npm run judge -- tlog`: Go's golang.org/x/mod/sumdb/{tlog,note} reads the public log of a
// running node over HTTP, checks everything in it, and finds what was spoilt. It shares nothing with ours.
// Reads a job as JSON from standard input, writes a report as JSON to standard output.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type Proof struct {
	Index  int64    `json:"index"`
	Size   int64    `json:"size"`
	Leaf   []byte   `json:"leaf"`
	Hashes [][]byte `json:"hashes"`
}

type Growth struct {
	Note   string   `json:"note"`
	Size   int64    `json:"size"`
	Hashes [][]byte `json:"hashes"`
}

type Job struct {
	URL       string   `json:"url"`
	LogKey    string   `json:"logKey"`
	Cosigner  string   `json:"cosigner"`
	Now       string   `json:"now"`
	Inclusion []Proof  `json:"inclusion"`
	Growth    []Growth `json:"growth"`
}

type Report struct {
	Passed   int      `json:"passed"`
	Failures []string `json:"failures"`
}

var report = Report{Failures: []string{}}

func check(isRight bool, format string, args ...interface{}) {
	if isRight {
		report.Passed++
		return
	}
	if len(report.Failures) < 100 {
		report.Failures = append(report.Failures, fmt.Sprintf(format, args...))
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func hashes(parts [][]byte) []tlog.Hash {
	list := make([]tlog.Hash, len(parts))
	for i, part := range parts {
		copy(list[i][:], part)
	}
	return list
}

// tree reads the text of a checkpoint with Go's parser, which knows one origin only.
func tree(text string, origin string) (tlog.Tree, error) {
	if !strings.HasPrefix(text, origin+"\n") {
		return tlog.Tree{}, fmt.Errorf("the origin is not %s", origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + text[len(origin)+1:]))
}

// path is where C2SP tlog-tiles has a tile: without the height, and entries where Go says data.
func path(t tlog.Tile) string {
	return strings.Replace(strings.Replace(t.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
}

type reader struct {
	url   string
	spoil func(t tlog.Tile, data []byte) []byte
	cache map[string][]byte
}

func (r *reader) Height() int { return 8 }

func (r *reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		at := path(t)
		data, known := r.cache[at]
		if !known {
			var err error
			if data, err = get(r.url + "/log/" + at); err != nil {
				return nil, err
			}
			r.cache[at] = data
		}
		if r.spoil != nil {
			data = r.spoil(t, append([]byte{}, data...))
		}
		all[i] = data
	}
	return all, nil
}

func (r *reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func main() {
	var job Job
	must(json.NewDecoder(os.Stdin).Decode(&job))
	verifier, err := note.NewVerifier(job.LogKey)
	must(err)
	origin := verifier.Name()
	now := judgeNote(job, verifier)
	current, err := tree(now, origin)
	must(err)
	tiles := &reader{url: job.URL, cache: map[string][]byte{}}
	judgeTiles(tiles, current)
	proven := judgeEntries(tiles, current)
	judgeProofs(job, proven)
	judgeGrowth(job, proven, verifier, origin)
	judgeSpoilt(tiles, current)
	must(json.NewEncoder(os.Stdout).Encode(report))
}

// judgeNote opens the newest checkpoint with its cosignature, and refuses spoilt ones.
func judgeNote(job Job, verifier note.Verifier) string {
	known := note.VerifierList(verifier)
	opened, err := note.Open([]byte(job.Now), known)
	must(err)
	check(len(opened.Sigs) == 1 && opened.Sigs[0].Name == verifier.Name(), "the log has signed its checkpoint")
	check(len(opened.UnverifiedSigs) == 1, "one cosignature stands beside, not %d", len(opened.UnverifiedSigs))
	check(cosigned(opened, job.Cosigner), "the cosignature holds")
	fetched, err := get(job.URL + "/log/checkpoint")
	must(err)
	_, err = note.Open(fetched, known)
	check(err == nil, "the checkpoint over HTTP: %v", err)
	for at := 0; at < len(job.Now); at += 7 {
		spoilt := []byte(job.Now)
		spoilt[at] ^= 1
		again, err := note.Open(spoilt, known)
		inCosignature := at > strings.LastIndex(job.Now, "\n\u2014 ")
		check(err != nil || inCosignature && again.Text == opened.Text, "a note with byte %d spoilt opens", at)
	}
	other, err := note.NewVerifier(strings.Replace(job.Cosigner, "+", "x+", 1))
	check(err != nil && other == nil, "a key under another name is none")
	return opened.Text
}

// cosigned is written from C2SP tlog-cosignature alone.
func cosigned(opened *note.Note, word string) bool {
	parts := strings.SplitN(word, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return false
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", id[:4]) != parts[1] {
		return false
	}
	for _, signature := range opened.UnverifiedSigs {
		raw, err := base64.StdEncoding.DecodeString(signature.Base64)
		if err != nil || len(raw) != 4+8+64 || !bytes.Equal(raw[:4], id[:4]) || signature.Name != parts[0] {
			continue
		}
		time := binary.BigEndian.Uint64(raw[4:12])
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, opened.Text)
		return ed25519.Verify(key[1:], []byte(message), raw[12:])
	}
	return false
}

// judgeTiles asks for every tile that the tree has, by Go's own list.
func judgeTiles(tiles *reader, current tlog.Tree) {
	for _, t := range tlog.NewTiles(8, 0, current.N) {
		data, err := tiles.ReadTiles([]tlog.Tile{t})
		check(err == nil && len(data[0]) == t.W*tlog.HashSize, "%s: %v", path(t), err)
	}
	beyond := tlog.Tile{H: 8, L: 0, N: current.N/256 + 1, W: 1}
	_, err := get(tiles.url + "/log/" + path(beyond))
	check(err != nil, "a tile beyond the tree is served")
}

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		list[i] = m[index]
	}
	return list, nil
}

// judgeEntries makes the whole tree from the entries: its root is the signed one, its tiles are those that are
// served. The hashes are then known without the tiles.
func judgeEntries(tiles *reader, current tlog.Tree) tlog.HashReader {
	var all memory
	for from := int64(0); from < current.N; from += 256 {
		width := current.N - from
		if width > 256 {
			width = 256
		}
		bundle, err := get(tiles.url + "/log/" + path(tlog.Tile{H: 8, L: -1, N: from / 256, W: int(width)}))
		must(err)
		for i := int64(0); i < width; i++ {
			size := int(binary.BigEndian.Uint16(bundle))
			more, err := tlog.StoredHashes(from+i, bundle[2:2+size], all)
			must(err)
			all = append(all, more...)
			bundle = bundle[2+size:]
		}
		check(len(bundle) == 0, "bytes after the entries from %d", from)
	}
	root, err := tlog.TreeHash(current.N, all)
	check(err == nil && root == current.Hash, "the root of the entries is the signed one")
	for _, t := range tlog.NewTiles(8, 0, current.N) {
		served, err := tiles.ReadTiles([]tlog.Tile{t})
		must(err)
		own, err := tlog.ReadTileData(t, all)
		check(err == nil && bytes.Equal(own, served[0]), "%s is another", path(t))
	}
	proven := tlog.TileHashReader(current, tiles)
	for n := int64(0); n < current.N; n += 101 {
		index := tlog.StoredHashIndex(0, n)
		read, err := proven.ReadHashes([]int64{index})
		check(err == nil && read[0] == all[index], "entry %d out of tiles: %v", n, err)
	}
	return all
}

// judgeProofs: the proofs that the node makes hold, are the ones that Go makes, and no others hold.
func judgeProofs(job Job, proven tlog.HashReader) {
	for _, p := range job.Inclusion {
		root, err := tlog.TreeHash(p.Size, proven)
		must(err)
		theirs := tlog.RecordProof(hashes(p.Hashes))
		record := tlog.RecordHash(p.Leaf)
		check(tlog.CheckRecord(theirs, p.Size, root, p.Index, record) == nil, "leaf %d of %d", p.Index, p.Size)
		own, err := tlog.ProveRecord(p.Size, p.Index, proven)
		check(err == nil && fmt.Sprint(own) == fmt.Sprint(theirs), "the proof of leaf %d of %d", p.Index, p.Size)
		if p.Size > 1 {
			check(tlog.CheckRecord(theirs, p.Size, root, p.Index, root) != nil, "another leaf at %d holds", p.Index)
			at := (p.Index + 1) % p.Size
			check(tlog.CheckRecord(theirs, p.Size, root, at, record) != nil, "leaf %d holds at %d", p.Index, at)
		}
	}
}

// judgeGrowth: every checkpoint that the node has signed is a beginning of the newest.
func judgeGrowth(job Job, proven tlog.HashReader, verifier note.Verifier, origin string) {
	for _, g := range job.Growth {
		opened, err := note.Open([]byte(g.Note), note.VerifierList(verifier))
		if err != nil {
			check(false, "an older checkpoint: %v", err)
			continue
		}
		old, err := tree(opened.Text, origin)
		must(err)
		root, err := tlog.TreeHash(g.Size, proven)
		must(err)
		theirs := tlog.TreeProof(hashes(g.Hashes))
		check(tlog.CheckTree(theirs, g.Size, root, old.N, old.Hash) == nil, "%d begins with %d", g.Size, old.N)
		own, err := tlog.ProveTree(g.Size, old.N, proven)
		check(err == nil && fmt.Sprint(own) == fmt.Sprint(theirs), "the proof from %d to %d", old.N, g.Size)
		check(tlog.CheckTree(theirs, g.Size, root, old.N, root) != nil || old.N == g.Size, "another root of %d", old.N)
	}
}

// judgeSpoilt: Go refuses the tiles that it makes the signed root of when one bit of them is flipped. Of the
// others version 0.7.0 compares not all with their parents (its loop begins at the number of subtrees, not of
// their tiles), which is why `judgeEntries` compares them with tiles of its own.
func judgeSpoilt(tiles *reader, current tlog.Tree) {
	for _, t := range tlog.NewTiles(8, 0, current.N) {
		// Of the partial tiles only the widest is in use.
		if int64(t.W) != (current.N>>uint(8*t.L))%256 {
			continue
		}
		at := t
		spoilt := &reader{url: tiles.url, cache: tiles.cache, spoil: func(t tlog.Tile, data []byte) []byte {
			if t == at {
				data[5] ^= 1
			}
			return data
		}}
		_, err := tlog.TileHashReader(current, spoilt).ReadHashes([]int64{tlog.StoredHashIndex(0, 0)})
		check(err != nil, "%s passes with a bit flipped", path(t))
	}
}
