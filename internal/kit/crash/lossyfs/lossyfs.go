//go:build linux

// Package lossyfs is a disk that forgets, when the power fails, all it may forget:
// the bytes of a file that were not fsynced, and the names in a folder that was
// not fsynced. Real disks keep more, by luck; a program that survives this one
// does not need luck. It is a file system in memory, mounted through FUSE.
package lossyfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Disk outlives its mounts and crashes.
type Disk struct {
	// Torn keeps, at a crash, a random half of the 4 KB blocks of a file that
	// were written and not synced, as a disk does that was in the middle of it.
	Torn bool

	mu    sync.Mutex
	items map[uint64]*item
	next  uint64
}

// item is a file or a folder, as seen now and as it is on the platter.
type item struct {
	mode        uint32 // with the type
	data, disk  []byte
	names, kept map[string]uint64
}

func (i *item) folder() bool { return i.mode&syscall.S_IFMT == syscall.S_IFDIR }

const root = 1

// New returns an empty disk.
func New() *Disk {
	return &Disk{
		items: map[uint64]*item{root: {mode: syscall.S_IFDIR | 0o755, names: map[string]uint64{}, kept: map[string]uint64{}}},
		next:  root + 1,
	}
}

// Available returns why a disk cannot be mounted on this machine, if it cannot.
func Available() error {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("lossyfs needs FUSE: %w", err)
	}
	if os.Geteuid() != 0 {
		return errors.Join(errors.New("lossyfs needs root, to mount"), f.Close())
	}
	return f.Close()
}

// Mount shows the disk at dir.
func (d *Disk) Mount(dir string) (unmount func() error, err error) {
	// The page cache of the kernel stays on, for SQLite maps a file into memory;
	// writes go through it at once, and unmounting drops it.
	srv, err := fs.Mount(dir, &node{disk: d, id: root}, &fs.Options{MountOptions: fuse.MountOptions{
		DirectMountStrict: true, // needs root, but no program beside this one
		FsName:            "lossyfs",
		Name:              "lossyfs",
	}})
	if err != nil {
		return nil, err
	}
	return func() (err error) {
		for range 100 { // the kernel is still closing the files of who was killed
			if err = srv.Unmount(); err == nil {
				return nil
			}
			time.Sleep(20 * time.Millisecond)
		}
		return err
	}, nil
}

// Crash forgets what was not synced. The disk must not be mounted.
func (d *Disk) Crash(chance *rand.Rand) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	files, names := 0, 0
	reached := map[uint64]*item{}
	var visit func(id uint64)
	visit = func(id uint64) {
		i := d.items[id]
		if reached[id] != nil {
			return
		}
		reached[id] = i
		if i.folder() {
			for name, is := range i.names {
				if i.kept[name] != is {
					names++
				}
			}
			i.names = maps.Clone(i.kept)
			for _, is := range i.kept {
				visit(is)
			}
			return
		}
		if !bytes.Equal(i.data, i.disk) {
			files++
		}
		i.disk = d.tear(i, chance)
		i.data = bytes.Clone(i.disk)
	}
	visit(root)
	d.items = reached
	return fmt.Sprintf("%d files lost bytes, %d names were lost", files, names)
}

func (d *Disk) tear(i *item, chance *rand.Rand) []byte {
	left := bytes.Clone(i.disk)
	const block = 4096
	for at := 0; d.Torn && at < len(i.data); at += block {
		end := min(at+block, len(i.data))
		if chance.IntN(2) == 0 {
			left = append(left, make([]byte, max(0, end-len(left)))...)
			copy(left[at:end], i.data[at:end])
		}
	}
	return left
}

type node struct {
	fs.Inode
	disk *Disk
	id   uint64
}

// open is a file that somebody opened.
type open struct{ *node }

var (
	_ fs.NodeLookuper       = (*node)(nil)
	_ fs.NodeGetattrer      = (*node)(nil)
	_ fs.NodeSetattrer      = (*node)(nil)
	_ fs.NodeCreater        = (*node)(nil)
	_ fs.NodeMkdirer        = (*node)(nil)
	_ fs.NodeUnlinker       = (*node)(nil)
	_ fs.NodeRmdirer        = (*node)(nil)
	_ fs.NodeRenamer        = (*node)(nil)
	_ fs.NodeOpener         = (*node)(nil)
	_ fs.NodeOpendirHandler = (*node)(nil)
	_ fs.FileReader         = (*open)(nil)
	_ fs.FileWriter         = (*open)(nil)
	_ fs.FileFsyncer        = (*open)(nil)
	_ fs.FileFlusher        = (*open)(nil)
	_ fs.FileReaddirenter   = (*listing)(nil)
	_ fs.FileSeekdirer      = (*listing)(nil)
	_ fs.FileFsyncdirer     = (*listing)(nil)
)

// item locks the disk and returns what the node is.
func (n *node) item() (i *item, unlock func()) {
	n.disk.mu.Lock()
	return n.disk.items[n.id], n.disk.mu.Unlock
}

func (i *item) describe(id uint64, out *fuse.Attr) {
	out.Ino, out.Mode, out.Nlink = id, i.mode, 1
	out.Size = uint64(len(i.data))
	out.Blocks = (out.Size + 511) / 512
}

// child makes the kernel's view of an item. The disk is locked.
func (n *node) child(ctx context.Context, id uint64, out *fuse.EntryOut) *fs.Inode {
	i := n.disk.items[id]
	i.describe(id, &out.Attr)
	return n.NewInode(ctx, &node{disk: n.disk, id: id}, fs.StableAttr{Mode: i.mode & syscall.S_IFMT, Ino: id})
}

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	i, unlock := n.item()
	defer unlock()
	id, ok := i.names[name]
	if !ok {
		return nil, syscall.ENOENT
	}
	return n.child(ctx, id, out), 0
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	i, unlock := n.item()
	defer unlock()
	i.describe(n.id, &out.Attr)
	return 0
}

func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	i, unlock := n.item()
	defer unlock()
	if size, ok := in.GetSize(); ok {
		i.data = append(i.data[:min(len(i.data), int(size))], make([]byte, max(0, int(size)-len(i.data)))...)
	}
	if mode, ok := in.GetMode(); ok {
		i.mode = i.mode&syscall.S_IFMT | mode&^syscall.S_IFMT
	}
	i.describe(n.id, &out.Attr)
	return 0
}

func (n *node) Create(ctx context.Context, name string, _ uint32, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	in, err := n.make(ctx, name, &item{mode: syscall.S_IFREG | mode&^syscall.S_IFMT}, out)
	if err != 0 {
		return nil, nil, 0, err
	}
	return in, &open{in.Operations().(*node)}, 0, 0
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.make(ctx, name, &item{
		mode: syscall.S_IFDIR | mode&^syscall.S_IFMT, names: map[string]uint64{}, kept: map[string]uint64{},
	}, out)
}

func (n *node) make(ctx context.Context, name string, made *item, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	i, unlock := n.item()
	defer unlock()
	if _, ok := i.names[name]; ok {
		return nil, syscall.EEXIST
	}
	id := n.disk.next
	n.disk.next++
	n.disk.items[id] = made
	i.names[name] = id
	return n.child(ctx, id, out), 0
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	i, unlock := n.item()
	defer unlock()
	delete(i.names, name) // whoever has it open still reads it
	return 0
}

func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	i, unlock := n.item()
	if len(n.disk.items[i.names[name]].names) > 0 {
		unlock()
		return syscall.ENOTEMPTY
	}
	unlock()
	return n.Unlink(ctx, name)
}

func (n *node) Rename(_ context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	const noReplace = 1
	i, unlock := n.item()
	defer unlock()
	target := n.disk.items[to.EmbeddedInode().Operations().(*node).id]
	if _, taken := target.names[newName]; taken && flags&noReplace != 0 {
		return syscall.EEXIST
	}
	id := i.names[name]
	delete(i.names, name)
	target.names[newName] = id
	return 0
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	i, unlock := n.item()
	defer unlock()
	if flags&syscall.O_TRUNC != 0 {
		i.data = nil
	}
	return &open{n}, 0, 0
}

func (o *open) Read(_ context.Context, b []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	i, unlock := o.item()
	defer unlock()
	end := min(at+int64(len(b)), int64(len(i.data)))
	if at >= end {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(bytes.Clone(i.data[at:end])), 0
}

func (o *open) Write(_ context.Context, b []byte, at int64) (uint32, syscall.Errno) {
	i, unlock := o.item()
	defer unlock()
	i.data = append(i.data, make([]byte, max(0, int(at)+len(b)-len(i.data)))...)
	copy(i.data[at:], b)
	return uint32(len(b)), 0
}

func (o *open) Fsync(context.Context, uint32) syscall.Errno {
	i, unlock := o.item()
	defer unlock()
	i.disk = bytes.Clone(i.data)
	return 0
}

// Flush is close, which promises nothing.
func (o *open) Flush(context.Context) syscall.Errno { return 0 }

// listing is a folder that somebody opened, to read or to sync it.
type listing struct {
	*node
	all []fuse.DirEntry
	at  uint64
}

func (n *node) OpendirHandle(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	i, unlock := n.item()
	defer unlock()
	l := &listing{node: n}
	for name, id := range i.names {
		l.all = append(l.all, fuse.DirEntry{
			Name: name, Ino: id, Mode: n.disk.items[id].mode & syscall.S_IFMT, Off: uint64(len(l.all) + 1),
		})
	}
	return l, 0, 0
}

func (l *listing) Readdirent(context.Context) (*fuse.DirEntry, syscall.Errno) {
	if l.at >= uint64(len(l.all)) {
		return nil, 0
	}
	l.at++
	return &l.all[l.at-1], 0
}

func (l *listing) Seekdir(_ context.Context, at uint64) syscall.Errno {
	l.at = at
	return 0
}

func (l *listing) Fsyncdir(context.Context, uint32) syscall.Errno {
	i, unlock := l.item()
	defer unlock()
	i.kept = maps.Clone(i.names)
	return 0
}
