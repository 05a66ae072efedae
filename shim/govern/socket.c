/* SPDX-License-Identifier: MIT */
#include "shim/govern/socket.h"

#include "shim/base/sys.h"
#include "shim/govern/descriptors.h"
#include "shim/govern/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static MG_SYS_TOGETHER struct {
	char runtime_dir[MG_CONFIG_PATH_BYTES];
	char path[MG_CONFIG_PATH_BYTES + 32];
	_Atomic int owner_pid; /* 0: there is no file of ours */
	int dir_fd;            /* in the governor's table */
	int governor_tid;
} state;

void
mg_socket_start(const char *runtime_dir)
{
	if (runtime_dir != NULL && strlen(runtime_dir) < sizeof state.runtime_dir)
		memcpy(state.runtime_dir, runtime_dir, strlen(runtime_dir) + 1);
}

/*
 * Candidate `i` for the folder. What the user named is the only one; else $XDG_RUNTIME_DIR, which
 * is another user's after a daemon has dropped its privileges, then /tmp. False when there is no
 * such candidate.
 */
static bool
print_dir(struct mg_text *t, int i)
{
	const char *named = mg_live_config()->socket_dir;

	if (named[0] != '\0') {
		mg_text_add(t, "%s", named);
		return i == 0;
	}
	if (state.runtime_dir[0] == '/' && i == 0)
		mg_text_add(t, "%s/memgov", state.runtime_dir);
	else
		mg_text_add(t, "/tmp/memgov-%u", (unsigned)geteuid());
	return i <= 1;
}

/* As /tmp: everybody may make files there, and only root takes away those of others. Each user has
 * a folder of his own in such a one. */
static bool
is_common(const char *dir)
{
	int fd = mg_sys_open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat st = { 0 };
	bool is_known = fd >= 0 && fstat(fd, &st) == 0;

	if (fd >= 0)
		mg_sys_close(fd);
	return is_known && st.st_uid == 0 && (st.st_mode & S_ISVTX) != 0 &&
	       (st.st_mode & S_IWOTH) != 0;
}

static void
add_reason(struct mg_socket_reason *why, const char *what, const char *path, int error)
{
	why->is_forbidden = error == ENOSYS;
	if (why->is_forbidden)
		mg_text_add(&why->text, "a sandbox forbids to %s %s", what, path);
	else
		mg_text_add(&why->text, "cannot %s %s (%s)", what, path, mg_sys_error(error));
}

/* Descriptor of the folder, made when it is missing; -1 when it cannot be trusted. */
static int
open_dir(const char *dir, struct mg_socket_reason *why)
{
	struct stat st;
	int fd;

	fd = mg_sys_open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd == -ENOENT) {
		if (mkdir(dir, 0700) == -1 && errno != EEXIST) {
			add_reason(why, "make", dir, errno);
			return -1;
		}
		fd = mg_sys_open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	}
	if (fd == -ELOOP || fd == -ENOTDIR) {
		mg_text_add(&why->text, "%s is a link, or no folder", dir);
		return -1;
	}
	if (fd < 0) {
		add_reason(why, "open", dir, -fd);
		return -1;
	}
	if (fstat(fd, &st) == -1 || st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
		mg_text_add(&why->text, "%s belongs to another user or is writable by others", dir);
		mg_sys_close(fd);
		return -1;
	}
	return fd;
}

/* Long paths go through the folder's descriptor; the governor's table is not the one that
 * /proc/self shows. */
static bool
make_address(struct sockaddr_un *a, int dir_fd)
{
	struct mg_text t;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	mg_text_init(&t, a->sun_path, sizeof a->sun_path);
	mg_text_add(&t, "%s", state.path);
	if (t.cut) {
		mg_text_init(&t, a->sun_path, sizeof a->sun_path);
		mg_text_add(&t, "/proc/thread-self/fd/%d/%d.sock", dir_fd, mg_sys_pid());
	}
	return !t.cut;
}

/* A file of our name is a leftover, of this process before exec or of a dead one, unless somebody
 * answers. */
static bool
is_answered(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered =
	    fd >= 0 && (connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EAGAIN);

	mg_sys_close(fd);
	return answered;
}

/* Nobody can connect between bind and listen, so the mode is right before the first client comes.
 */
static int
listen_at(const struct sockaddr_un *a, struct mg_socket_reason *why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1) {
		why->is_forbidden = true;
		mg_text_add(&why->text, "there are none here (%s)", mg_sys_error(errno));
		return -1;
	}
	if (is_answered(a)) {
		mg_text_add(
		    &why->text, "%s belongs to another process with this number", state.path);
		goto fail;
	}
	mg_sys_unlink(a->sun_path);
	if (bind(fd, (const struct sockaddr *)a, sizeof *a) == -1 ||
	    chmod(a->sun_path, 0600) == -1 || listen(fd, BACKLOG) == -1) {
		add_reason(why, "listen at", state.path, errno);
		goto fail;
	}
	return fd;
fail:
	mg_sys_close(fd);
	return -1;
}

static int
open_in(const char *dir, struct mg_socket_reason *why)
{
	struct sockaddr_un address;
	struct mg_text t;
	int dir_fd = open_dir(dir, why), fd = -1;

	if (dir_fd == -1)
		return -1;
	mg_text_init(&t, state.path, sizeof state.path);
	mg_text_add(&t, "%s/%d.sock", dir, mg_sys_pid());
	if (make_address(&address, dir_fd))
		fd = listen_at(&address, why);
	else
		mg_text_add(&why->text, "%s is too long", dir);
	if (fd == -1) {
		mg_sys_close(dir_fd);
		return -1;
	}
	state.dir_fd = mg_descriptors_keep(dir_fd);
	state.governor_tid = mg_sys_tid();
	atomic_store(&state.owner_pid, mg_sys_pid());
	return mg_descriptors_keep(fd);
}

int
mg_socket_open(struct mg_socket_reason *why)
{
	char dir[MG_CONFIG_PATH_BYTES + 16];
	struct mg_text t;
	int fd = -1;

	for (int i = 0; fd == -1; i++) {
		mg_text_init(&t, dir, sizeof dir);
		if (!print_dir(&t, i))
			break;
		if (is_common(dir))
			mg_text_add(&t, "/%u", (unsigned)geteuid());
		mg_text_init(&why->text, why->text.buf, why->text.cap);
		why->is_forbidden = false;
		fd = open_in(dir, why);
	}
	return fd;
}

void
mg_socket_remove(void)
{
	int pid = atomic_exchange(&state.owner_pid, 0);

	if (pid == 0 || pid != mg_sys_pid())
		return;
	if (state.governor_tid != mg_sys_tid() || !mg_descriptors_is_ours(state.dir_fd)) {
		mg_sys_unlink(state.path);
		return;
	}
	mg_sys_unlinkat(state.dir_fd, strrchr(state.path, '/') + 1);
	mg_sys_close(state.dir_fd);
}

void
mg_socket_after_fork_child(void)
{
	atomic_store(&state.owner_pid, 0);
}
