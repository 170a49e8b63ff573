;; The hot loop of chunker.ts (FORMAT.md, Chunking), in WebAssembly: measured in Chromium and in Node, JavaScript takes
;; two and a half times as long for it. `npm run gear-scan` makes gear-scan.ts of this file.
;; A byte's step, wherever it stands: hash = (hash << 1) + gear[byte].
(module
  ;; The table's 256 little-endian u32, then up to 256 KiB of content.
  (memory (export "memory") 5)
  ;; The gear hash behind the last byte that was looked at.
  (global $hash (export "hash") (mut i32) (i32.const 0))

  ;; The address behind the first byte of [at .. stop) whose hash has the mask's bits zero, or -1.
  (func (export "scan") (param $at i32) (param $stop i32) (param $mask i32) (result i32)
    (block $rest
      (loop $next
        (br_if $rest (i32.gt_u (i32.add (local.get $at) (i32.const 8192)) (local.get $stop)))
        (br_if $rest (call $scanLanes (local.get $at) (local.get $mask)))
        (local.set $at (i32.add (local.get $at) (i32.const 8192)))
        (br $next)))
    (call $scanBytes (local.get $at) (local.get $stop) (local.get $mask)))

  ;; Four lanes of 2,048 bytes side by side, none of which waits for another. Gives 1, and leaves the hash as it was, if
  ;; there is a boundary in one of them.
  (func $scanLanes (param $at i32) (param $mask i32) (result i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local $end i32)
    (local.set $a (global.get $hash))
    (local.set $end (i32.add (local.get $at) (i32.const 2048)))
    ;; 32 shifts push a byte out of the hash: that much before its lane gives a lane its hash.
    (local.set $at (i32.sub (local.get $end) (i32.const 32)))
    (loop $warm
      (local.set $b (i32.add (i32.shl (local.get $b) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u (local.get $at)) (i32.const 2)))))
      (local.set $c (i32.add (i32.shl (local.get $c) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u offset=2048 (local.get $at)) (i32.const 2)))))
      (local.set $d (i32.add (i32.shl (local.get $d) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u offset=4096 (local.get $at)) (i32.const 2)))))
      (br_if $warm
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $end))))
    (local.set $at (i32.sub (local.get $end) (i32.const 2048)))
    (loop $next
      (local.set $a (i32.add (i32.shl (local.get $a) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u (local.get $at)) (i32.const 2)))))
      (local.set $b (i32.add (i32.shl (local.get $b) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u offset=2048 (local.get $at)) (i32.const 2)))))
      (local.set $c (i32.add (i32.shl (local.get $c) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u offset=4096 (local.get $at)) (i32.const 2)))))
      (local.set $d (i32.add (i32.shl (local.get $d) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u offset=6144 (local.get $at)) (i32.const 2)))))
      (if (i32.eqz (i32.and (local.get $a) (local.get $mask))) (then (return (i32.const 1))))
      (if (i32.eqz (i32.and (local.get $b) (local.get $mask))) (then (return (i32.const 1))))
      (if (i32.eqz (i32.and (local.get $c) (local.get $mask))) (then (return (i32.const 1))))
      (if (i32.eqz (i32.and (local.get $d) (local.get $mask))) (then (return (i32.const 1))))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $end))))
    (global.set $hash (local.get $d))
    (i32.const 0))

  (func $scanBytes (param $at i32) (param $stop i32) (param $mask i32) (result i32)
    (local $hash i32)
    (local.set $hash (global.get $hash))
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $stop))
        (then (global.set $hash (local.get $hash)) (return (i32.const -1))))
      (local.set $hash (i32.add (i32.shl (local.get $hash) (i32.const 1))
        (i32.load (i32.shl (i32.load8_u (local.get $at)) (i32.const 2)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.and (local.get $hash) (local.get $mask))))
    (global.set $hash (local.get $hash))
    (local.get $at)))
