/* SPDX-License-Identifier: MIT */
/*
 * The owner handshake of the heap, for spin: one thread's record and everybody who wants it. The owner allocates and
 * releases without a lock or a barrier; a signal handler of the program's interrupts it anywhere and does the same; two
 * pausers (the governor, a thread at its ceiling) want its magazine; a thread forks. tests/lint/handshake.sh runs it.
 *
 * Checked: owner and pauser are never both inside the magazine; at the end every block is in exactly one place; a fork
 * child finds every block that no dead thread had in its hand; nobody waits for ever. Every process is a finite list of
 * steps, so "no invalid end state" says that all of them come to their end, on any schedule; the script makes sure that there
 * is no cycle.
 *
 * Memory is x86's: a store of `busy` waits in the owner's store buffer until it drains, which membarrier and every locked
 * instruction force. The owner's stores to its magazine leave the buffer before the busy = 0 that follows them, so
 * it is enough to delay `busy`.
 *
 * RAW_FORK: a child of _Fork or clone, where no fork handler runs, has a copied pause and copied locks. Every other #ifdef
 * is a mistake on purpose, and the script sees that spin finds it.
 */
#define OWNER 0
#define HANDLER 1
#define FIRST_PAUSER 2
#define FORKER 4
#define NOBODY 255

#ifndef OPERATIONS
#define OPERATIONS 2
#endif
#ifndef SIGNALS
#define SIGNALS 1
#endif
#ifndef PAUSERS
#define PAUSERS 1
#endif
#ifndef FORKERS
#define FORKERS 1
#endif
#define LOOKS 1
#define LOWEST(set) ((set) & -(set))

/* Sets of blocks, one bit each: every block is in exactly one of these places. */
#define ALL 31
byte store = 1;   /* under the class lock */
byte magazine = 2;
byte reserve = 4; /* lock-free, for nested requests */
byte deferred;    /* lock-free, of nested releases */
byte live = 24;   /* the program's */
byte hand[2];     /* on the way, in a register of the owner or its handler */
byte stolen[2];   /* the same of a pauser */

/* The record. */
chan buffer = [2] of { bit }; /* stores of busy that nobody else sees yet */
bit busy_memory, busy_owner;  /* what others see, what the owner sees */
byte paused;                  /* 0, or who pauses */
byte hold = NOBODY;
mtype = { USED, ORPHAN, FREE };
mtype record = USED;

/* The owner's thread-local storage. */
bit locked;     /* has, or waits for, a class lock */
bit has_record = 1;

byte class_lock = NOBODY;
bit forking; /* the flag of before_fork .. after_fork_parent */
bit forked;
bit in_child; /* RAW_FORK: only the owner is here */

/* For the assertions, and for who waits. */
byte owners_in, pausers_in;
bit waits, in_handler, ended, child_ended;
byte finished;

/* A step of the thread `me`; the owner stands still while its handler runs. */
#define MAY_RUN (me == HANDLER || !in_handler)
#define STEP(statements) atomic { MAY_RUN -> statements }
/* A step of anybody else. */
#define OTHER(statements) atomic { !in_child -> statements }
/* The same, waiting for, or choosing by, a condition. */
#define STEP_IF(condition, statements) atomic { MAY_RUN && (condition) -> statements }
#define OTHER_IF(condition, statements) atomic { !in_child && (condition) -> statements }

inline drain()
{
	do
	:: buffer?busy_memory
	:: empty(buffer) -> break
	od
}

inline set_busy(value)
{
	atomic { MAY_RUN && nfull(buffer) -> buffer!value; busy_owner = value }
}

/* ---- the owner and its handler ---- */

mtype = { FAST, UNCACHED, NESTED };

inline enter()
{
#ifdef NO_LOCKED_FLAG
	STEP(mode = (busy_owner && has_record -> NESTED : FAST));
#else
	STEP(mode = ((busy_owner && has_record) || locked -> NESTED : FAST));
#endif
	if
	:: mode == FAST && !has_record -> mode = UNCACHED
	:: mode == FAST && has_record ->
		set_busy(1);
		STEP(seen = paused);
		if
		:: seen != 0 ->
			set_busy(0);
			mode = UNCACHED;
			/* A pause of another process, copied by a fork that ran no handlers. */
			if
			:: in_child -> paused = 0; hold = NOBODY
			:: else
			fi
		:: else
		fi
	:: else
	fi
}

/* Two steps, so that somebody else in between is noticed. */
inline put_into_magazine(set)
{
	STEP(assert(owners_in == 0 && pausers_in == 0 && has_record); owners_in = 1; old = magazine);
	STEP(assert(pausers_in == 0); magazine = old | (set); owners_in = 0)
}

inline leave()
{
#ifdef BUSY_DURING_LOCK
	skip
#else
	set_busy(0)
#endif
}

/* Gives up when the lock is a forker's, however long it has waited: the forker may wait for this thread to end. */
inline lock_class()
{
	atomic { MAY_RUN -> locked = 1; drain(); waits = 1; given_up = 0 };
#ifdef FLAG_LOOKED_AT_ONCE
	if
	:: STEP_IF(forking && class_lock != NOBODY, given_up = 1)
	:: STEP_IF(!forking || class_lock == NOBODY, skip)
	fi;
#endif
	if
	:: STEP_IF(given_up == 0 && class_lock == NOBODY, class_lock = me; waits = 0; got = 1)
#ifdef FLAG_LOOKED_AT_ONCE
	:: STEP_IF(given_up, waits = 0; locked = 0; got = 0)
#else
	:: STEP_IF(class_lock != NOBODY && forking, waits = 0; locked = 0; got = 0)
#endif
#ifndef WAITS_FOR_GHOSTS
	:: STEP_IF(class_lock != NOBODY && in_child, waits = 0; locked = 0; got = 0)
#endif
	fi
}

inline unlock_class()
{
	atomic { MAY_RUN -> assert(class_lock == me); drain(); class_lock = NOBODY };
	STEP(locked = 0)
}

inline park_hand()
{
	lock_class();
	if
	:: got -> STEP(assert((store & hand[me]) == 0); store = store | hand[me]; hand[me] = 0); unlock_class()
	:: else -> STEP(deferred = deferred | hand[me]; hand[me] = 0)
	fi
}

inline hand_out(set)
{
	assert(((set) & (live | store | magazine | deferred)) == 0);
	live = live | (set);
	mine = mine | (set)
}

inline allocate_lock_free()
{
	STEP(got = LOWEST(reserve); reserve = reserve & ~got; hand_out(got))
}

/* One block for the program, the others into the magazine, which a handler may have filled meanwhile. */
inline refill()
{
	lock_class();
	if
	:: got ->
		STEP(hand[me] = store | deferred; store = 0; deferred = 0);
		unlock_class();
#ifdef BUSY_DURING_LOCK
		set_busy(0);
#endif
		STEP(got = LOWEST(hand[me]); hand[me] = hand[me] & ~got; hand_out(got));
		if
		:: hand[me] != 0 ->
			set_busy(1);
			STEP(seen = paused);
			if
			:: seen == 0 ->
				put_into_magazine(hand[me]);
				STEP(hand[me] = 0);
				set_busy(0)
			:: else ->
				set_busy(0);
				park_hand()
			fi
		:: else
		fi
	:: else ->
#ifdef BUSY_DURING_LOCK
		set_busy(0);
#endif
		allocate_lock_free()
	fi
}

inline allocate()
{
	enter();
	if
	:: mode == FAST ->
		STEP(assert(owners_in == 0 && pausers_in == 0 && has_record); owners_in = 1; old = magazine);
		STEP(assert(pausers_in == 0); got = LOWEST(old); magazine = old & ~got; owners_in = 0; hand_out(got));
		if
		:: got != 0 -> set_busy(0)
		:: else -> leave(); refill()
		fi
	:: mode == UNCACHED ->
		lock_class();
		if
		:: got -> STEP(got = LOWEST(store); store = store & ~got; hand_out(got)); unlock_class()
		:: else -> allocate_lock_free()
		fi
	:: mode == NESTED ->
		allocate_lock_free();
#ifdef NESTED_CLEARS_BUSY
		set_busy(0)
#endif
	fi
}

inline release()
{
	STEP(got = LOWEST(mine); mine = mine & ~got; live = live & ~got; hand[me] = got);
	enter();
	if
	:: mode == FAST -> put_into_magazine(hand[me]); STEP(hand[me] = 0); set_busy(0)
	:: mode == UNCACHED -> park_hand()
	:: mode == NESTED -> STEP(deferred = deferred | hand[me]; hand[me] = 0)
	fi
}

/* The heads are taken with busy set, against a handler; the thread forgets the record before somebody else may have it. */
inline exit_thread()
{
	atomic { MAY_RUN -> drain(); waits = 1 };
	if
	:: STEP_IF((hold == NOBODY || in_child), hold = me; waits = 0; got = 1)
	:: STEP_IF(hold != NOBODY && forking, waits = 0; got = 0)
	fi;
	if
	:: got ->
#ifndef EXIT_NOT_BUSY
		set_busy(1);
#endif
		STEP(assert(owners_in == 0 && pausers_in == 0); owners_in = 1; old = magazine);
		STEP(hand[me] = old; magazine = 0; owners_in = 0);
		STEP(has_record = 0);
#ifndef EXIT_NOT_BUSY
		set_busy(0);
#endif
		STEP(record = FREE);
		atomic { MAY_RUN -> drain(); hold = NOBODY };
		park_hand()
	:: else ->
		STEP(has_record = 0);
		STEP(record = ORPHAN)
	fi
}

proctype owner()
{
	byte me = OWNER, mine = 8, got, seen, old, i;
	bit given_up;
	mtype mode;

	do
	:: i < OPERATIONS ->
		i++;
		if
		:: allocate()
		:: mine != 0 -> release()
#ifdef RAW_FORK
		:: STEP_IF(!in_handler && !in_child, in_child = 1; pausers_in = 0)
#endif
		fi
	:: else -> break
	od;
	exit_thread();
	atomic { !in_handler -> ended = 1; child_ended = in_child; finished++ }
}

proctype handler()
{
	byte me = HANDLER, mine = 16, got, seen, old, i;
	bit given_up;
	mtype mode;

end:	do
	:: atomic { !ended && !in_child && !in_handler && i < SIGNALS -> in_handler = 1; i++ };
		/* One that stops the world until somebody has forked; not on top of a lock. */
		if
		:: FORKERS > 0 && !locked && hold != OWNER -> OTHER_IF(forked, skip)
		:: true
		fi;
		if
		:: allocate()
		:: mine != 0 -> release()
		fi;
		in_handler = 0
	:: ended || in_child -> break
	:: i == SIGNALS -> break
	od;
	finished++
}

/* The store buffer drains when it likes. */
proctype memory()
{
end:	do
	:: buffer?busy_memory
	od
}

/* ---- those who want the record ---- */

inline membarrier()
{
#ifdef NO_MEMBARRIER
	skip
#else
	OTHER(drain())
#endif
}

/* Looks a few times whether the owner is out. Whoever waits for a lock is out. */
inline look()
{
	i = 0;
	quiet = 0;
	do
	:: OTHER_IF(busy_memory == 0, quiet = 1; break)
	:: OTHER_IF(busy_memory == 1 && i < LOOKS, i++)
#ifndef FORKER_WAITS_FOR_EVER
	:: OTHER_IF(busy_memory == 1 && i == LOOKS, assert(!waits || in_handler || nempty(buffer)); break)
#else
	:: OTHER_IF(busy_memory == 1 && i == LOOKS && me != FORKER, break)
#endif
	od
}

inline park_stolen()
{
	if
	:: OTHER_IF(class_lock == NOBODY, class_lock = me);
		OTHER(assert((store & stolen[me - FIRST_PAUSER]) == 0);
			store = store | stolen[me - FIRST_PAUSER]; stolen[me - FIRST_PAUSER] = 0);
		OTHER(class_lock = NOBODY)
#ifdef PARK_AFTER_UNLOCK
	:: OTHER_IF(class_lock != NOBODY && forking, deferred = deferred | stolen[me - FIRST_PAUSER]; stolen[me - FIRST_PAUSER] = 0)
#endif
	fi
}

/* Parks before it lets go of the record: a forker that has all records knows that nobody has a stolen chain in his hand. */
proctype pauser(byte me)
{
	byte old, i;
	bit quiet;

	{
		if
		:: OTHER_IF(hold == NOBODY, hold = me);
			OTHER(paused = me);
			membarrier();
			look();
			if
			:: quiet ->
				OTHER(assert(owners_in == 0 && pausers_in == 0); pausers_in = 1; old = magazine);
				OTHER(assert(owners_in == 0); magazine = 0; stolen[me - FIRST_PAUSER] = old; pausers_in = 0);
				if
				:: OTHER_IF(record == ORPHAN, record = FREE)
				:: OTHER_IF(record != ORPHAN, skip)
				fi
			:: else
			fi;
			OTHER(paused = 0);
#ifdef PARK_AFTER_UNLOCK
			OTHER(hold = NOBODY);
			park_stolen()
#else
			park_stolen();
			OTHER(hold = NOBODY)
#endif
		:: OTHER_IF(hold != NOBODY, skip)
		fi;
		finished++
	} unless { child_ended }
}

/* The child, alone with a copy of everything, takes what it may: heads of records that were quiet, what was deferred. */
inline live_as_child()
{
	d_step {
		assert((stolen[0] | stolen[1]) == 0);
		assert(class_lock == FORKER && hold == FORKER && paused == FORKER);
		if
		:: quiet ->
			assert(owners_in == 0);
			old = store | magazine | deferred | reserve | live | hand[OWNER] | hand[HANDLER];
			assert(old == ALL);
			assert(store + magazine + deferred + reserve + live + hand[OWNER] + hand[HANDLER] == ALL)
		:: else ->
			/* Abandoned: the magazine may be half changed. Nothing else is. */
			assert((store & (deferred | reserve | live)) == 0)
		fi
	}
}

proctype forker()
{
	byte me = FORKER, old, i;
	bit quiet;

	{
		OTHER(forking = 1);
		OTHER_IF(hold == NOBODY, hold = me);
		OTHER(paused = me);
		membarrier();
		look();
		OTHER_IF(class_lock == NOBODY, class_lock = me);
		OTHER(live_as_child());
		OTHER(forked = 1);
		/* A handler of the program's, run before or after the fork itself, may join a thread. */
		if
		:: true -> OTHER_IF(ended, skip)
		:: true
		fi;
		OTHER(class_lock = NOBODY);
#ifdef UNLOCK_BEFORE_RESUME
		OTHER(hold = NOBODY);
		OTHER(paused = 0);
#else
		OTHER(paused = 0);
		OTHER(hold = NOBODY);
#endif
		OTHER(forking = 0);
		finished++
	} unless { child_ended }
}

/* Everybody has ended: every block is in one place. */
proctype reckoning()
{
	{
		atomic {
			finished == 2 + PAUSERS + FORKERS ->
			assert((store | magazine | deferred | reserve | live) == ALL);
			assert(store + magazine + deferred + reserve + live == ALL);
			assert(hold == NOBODY && class_lock == NOBODY && paused == 0 && !waits)
		}
	} unless { child_ended }
}

init {
	byte n;

	atomic {
		if
		:: magazine = 0; store = 3 /* so that the first request refills */
		:: true
		fi;
		run memory();
		run owner();
		run handler();
		do
		:: n < PAUSERS -> run pauser(FIRST_PAUSER + n); n++
		:: else -> break
		od;
		if
		:: FORKERS -> run forker()
		:: else
		fi;
		run reckoning()
	}
}
