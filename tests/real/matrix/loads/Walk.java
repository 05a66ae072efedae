// SPDX-License-Identifier: MIT
// Threads, direct buffers, zip streams, mapped files, collections, exceptions, processes, the collector.
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.*;
import java.security.MessageDigest;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

public class Walk {
	static String sha(byte[] b) throws Exception {
		return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(b)).substring(0, 16);
	}

	static byte[] zipped(int n) throws Exception {
		var out = new java.io.ByteArrayOutputStream();
		try (var zip = new ZipOutputStream(out)) {
			for (int i = 0; i < n; i++) {
				var e = new ZipEntry("file" + i);
				e.setTime(1000000000000L);
				zip.putNextEntry(e);
				zip.write(("line " + i + "\n").repeat(500).getBytes());
				zip.closeEntry();
			}
		}
		var in = new ZipInputStream(new java.io.ByteArrayInputStream(out.toByteArray()));
		var all = new java.io.ByteArrayOutputStream();
		while (in.getNextEntry() != null)
			in.transferTo(all);
		return all.toByteArray();
	}

	static long direct(int seed) {
		long sum = 0;
		var dice = new Random(seed);
		var held = new ArrayDeque<ByteBuffer>();
		for (int i = 0; i < 2000; i++) {
			var b = ByteBuffer.allocateDirect(dice.nextInt(i % 100 == 0 ? 2000000 : 20000) + 8);
			b.putLong(0, i);
			held.add(b);
			if (held.size() > 50)
				sum += held.poll().getLong(0);
		}
		return sum;
	}

	public static void main(String[] args) throws Exception {
		var pool = Executors.newFixedThreadPool(8);
		var jobs = new ArrayList<Future<String>>();
		for (int i = 0; i < 16; i++) {
			int n = i;
			jobs.add(pool.submit(() -> n + " " + sha(zipped(50 + n)) + " " + direct(n)));
		}
		for (var j : jobs)
			System.out.println(j.get());
		pool.shutdown();
		var words = new TreeMap<String, Long>();
		for (long i = 1; i <= 300000; i++)
			words.merge("w" + i * 7919 % 10007, i, Long::sum);
		System.out.println(words.size() + " " + sha(words.toString().getBytes()));
		System.out.println(IntStream.range(0, 500000).parallel().mapToObj(Integer::toString).collect(Collectors.toSet()).size());
		Path p = Files.createTempFile("walk", "");
		Files.write(p, new byte[20000000]);
		try (var c = FileChannel.open(p)) {
			var m = c.map(FileChannel.MapMode.READ_ONLY, 0, c.size());
			System.out.println(m.remaining() + " " + m.get(19999999));
		}
		Files.delete(p);
		int caught = 0;
		for (int i = 0; i < 20000; i++)
			try {
				Objects.requireNonNull(i % 2 == 0 ? null : "x");
			} catch (NullPointerException e) {
				caught++;
			}
		int deep = 0;
		try {
			deep = recurse(0);
		} catch (StackOverflowError e) {
			deep = -1;
		}
		try {
			var all = new ArrayList<byte[]>();
			while (true)
				all.add(new byte[10000000]);
		} catch (OutOfMemoryError e) {
			System.out.println("caught " + caught + " " + deep + " " + e.getMessage());
		}
		var child = new ProcessBuilder("sh", "-c", "seq 1 1000 | tail -1").start();
		System.out.println(new String(child.getInputStream().readAllBytes()).trim() + " " + child.waitFor());
	}

	static int recurse(int n) {
		return recurse(n + 1) + 1;
	}
}
