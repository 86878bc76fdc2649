package ocr

// Version counts the changes of the reader that are worth reading old pages again.
const Version = 1

// NearHash is how many bits the perceptual hashes of two scans of the same sheet may
// differ by (see raster.Hash and its test, which gives the distances measured).
const NearHash = 8
