package pdfa

import (
	"encoding/binary"
	"math"
)

// srgb is an ICC profile (ICC.1:2001-04, version 2, which every part of 19005
// takes) of the sRGB colours of IEC 61966-2-1, made from the standard's numbers.
func srgb() []byte {
	be := binary.BigEndian
	fixed := func(fs ...float64) (b []byte) {
		for _, f := range fs {
			b = be.AppendUint32(b, uint32(int32(math.Round(f*65536))))
		}
		return b
	}
	xyz := func(x, y, z float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...) }

	const steps = 1024
	curve := append([]byte("curv\x00\x00\x00\x00"), 0, 0, steps>>8, steps&0xff)
	for i := range steps {
		v := float64(i) / (steps - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = be.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	const title = "sRGB"
	desc := append([]byte("desc\x00\x00\x00\x00"), 0, 0, 0, byte(len(title)+1))
	desc = append(desc, title...)
	desc = append(desc, make([]byte, 1+4+4+2+1+67)...) // no Unicode, no ScriptCode

	tags := []struct {
		names []string
		data  []byte
	}{
		{[]string{"desc"}, desc},
		{[]string{"cprt"}, []byte("text\x00\x00\x00\x00Public domain\x00")},
		{[]string{"wtpt"}, xyz(0.9642, 1, 0.8249)}, // D50
		{[]string{"rXYZ"}, xyz(0.4360747, 0.2225045, 0.0139322)},
		{[]string{"gXYZ"}, xyz(0.3850649, 0.7168786, 0.0971045)},
		{[]string{"bXYZ"}, xyz(0.1430804, 0.0606169, 0.7141733)},
		{[]string{"rTRC", "gTRC", "bTRC"}, curve},
	}
	head := make([]byte, 128)
	copy(head[8:], []byte{2, 0x10, 0, 0})
	copy(head[12:], "mntrRGB XYZ ")
	be.PutUint16(head[24:], 2024) // the date of this profile
	head[27], head[29] = 1, 1
	copy(head[36:], "acsp")
	copy(head[68:], fixed(0.9642, 1, 0.8249))

	const n = 9
	table := be.AppendUint32(nil, n)
	var body []byte
	for _, t := range tags {
		at := uint32(len(head) + 4 + 12*n + len(body))
		for _, s := range t.names {
			table = append(table, s...)
			table = be.AppendUint32(table, at)
			table = be.AppendUint32(table, uint32(len(t.data)))
		}
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out := append(append(head, table...), body...)
	be.PutUint32(out, uint32(len(out)))
	return out
}
