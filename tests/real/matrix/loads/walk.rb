# SPDX-License-Identifier: MIT
# Hashes, strings, threads, fibers, fork with pipes, Marshal, zlib, compaction of the heap, exceptions.
require "digest"
require "json"
require "set"
require "socket"
require "tempfile"
require "zlib"

def sha(s) = Digest::SHA256.hexdigest(s)[0, 16]

words = Hash.new(0)
(1..120_000).each { |i| words["w#{i * 7919 % 10007}"] += i }
puts words.size, sha(words.sort_by { |k, v| [-v, k] }.inspect)
text = (1..20_000).map { |i| "name#{i}=#{i * 31}" }.join(" ")
puts sha(text.gsub(/(\d+)=(\d+)/) { "#{$2}:#{$1}" })
deep = (1..5000).map { |n| { "n" => n, "s" => "x" * (n % 50), :set => Set[n, n + 1] } }
puts sha(Marshal.load(Marshal.dump(deep)).inspect), sha(JSON.generate(deep.map { |h| h.slice("n", "s") }))
puts sha(Zlib.inflate(Zlib.deflate(text * 20, 9)))
puts (1..8).map { |n| Thread.new { (1..20_000).map { |i| (i * n).to_s }.uniq.size } }.map(&:value).inspect
puts (1..500).map { |n| Fiber.new { Fiber.yield n; "f" * n } }.sum { |f| f.resume + f.resume.size }
(1..10).each do |n|
  IO.pipe do |r, w|
    pid = fork do
      r.close
      w.puts sha((1..20_000).map { |i| "#{n} #{i}" }.join)
      w.close
      exit! n
    end
    w.close
    line = r.read
    Process.wait pid
    puts "#{$?.exitstatus} #{line}"
  end
end
GC.compact
GC.stress = true
puts (1..30).map { |i| "s#{i}" * i }.join.size
GC.stress = false
puts (1..2000).count { |i| begin; raise ArgumentError, "x" * i; rescue ArgumentError => e; e.message.size == i; end }
big = +""
20_000.times { |i| big << (65 + i % 26).chr * 1000 }
puts big.size, sha(big)
puts `seq 1 1000 | tail -1`
ObjectSpace.each_object(String).count.then { |n| puts n > 1000 }
