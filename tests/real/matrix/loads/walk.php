<?php
// SPDX-License-Identifier: MIT
// Arrays, strings, regular expressions, generators, DOM, SimpleXML, SQLite, mbstring, serialization, exceptions, a deep recursion.
function sha($s) { return substr(hash('sha256', $s), 0, 16); }

$words = [];
for ($i = 1; $i <= 120000; $i++) {
	$w = 'w' . ($i * 7919 % 10007);
	$words[$w] = ($words[$w] ?? 0) + $i;
}
ksort($words);
echo count($words), ' ', sha(json_encode($words)), "\n";
$text = implode(' ', array_map(fn($i) => "name$i=" . $i * 31, range(1, 20000)));
echo sha(preg_replace_callback('/(\d+)=(\d+)/', fn($m) => "$m[2]:$m[1]", $text)), "\n";
echo sha(serialize(unserialize(serialize(array_chunk($words, 7, true))))), "\n";

$doc = new DOMDocument();
$root = $doc->appendChild($doc->createElement('root'));
for ($i = 0; $i < 5000; $i++) {
	$e = $root->appendChild($doc->createElement('item', "text $i"));
	$e->setAttribute('n', (string)$i);
}
$xml = $doc->saveXML();
echo strlen($xml), ' ', sha($xml), ' ';
$simple = simplexml_load_string($xml);
echo count($simple->item), ' ', $simple->xpath('//item[@n="77"]')[0], "\n";
$bad = @simplexml_load_string('<a><b></a>');
var_dump($bad);

$db = new SQLite3(':memory:');
$db->exec('create table t(a integer, b text)');
$db->exec('begin');
$s = $db->prepare('insert into t values (:a, :b)');
for ($i = 0; $i < 20000; $i++) {
	$s->bindValue(':a', $i);
	$s->bindValue(':b', str_repeat(chr(65 + $i % 26), $i % 90));
	$s->execute();
}
$db->exec('commit');
echo json_encode($db->querySingle('select count(*) c, sum(a) s, max(b) m from t', true)), "\n";
$db->createFunction('shout', fn($x) => strtoupper($x) . '!');
echo $db->querySingle("select shout('hello')"), "\n";

echo sha(mb_convert_encoding(str_repeat('äöü€𝄞', 20000), 'UTF-16', 'UTF-8')), ' ', mb_strlen(mb_strtoupper(str_repeat('straße', 1000))), "\n";
function numbers($n) { for ($i = 0; $i < $n; $i++) yield $i => str_repeat('x', $i % 100); }
$sum = 0;
foreach (numbers(50000) as $k => $v) $sum += $k + strlen($v);
$caught = 0;
for ($i = 0; $i < 2000; $i++) try { throw new RuntimeException(str_repeat('y', $i)); } catch (RuntimeException $e) { $caught += strlen($e->getMessage()); }
echo "$sum $caught\n";
class Node { public $next; public $self; function __construct() { $this->self = $this; } }
for ($i = 0; $i < 50000; $i++) $n = new Node();
gc_collect_cycles();
$big = '';
for ($i = 0; $i < 20000; $i++) $big .= str_repeat(chr(65 + $i % 26), 1000);
echo strlen($big), ' ', sha($big), "\n";
echo trim(shell_exec('seq 1 1000 | tail -1')), "\n";
