"""The public functions of NumPy and SciPy that have no counterpart here, by the reason why.

A test holds that every public name is either here or answered by a function of ours, and never both.
"""

from __future__ import annotations

__all__ = ["ABSENT", "GONE"]

_FILES = "reads or writes files, text or memory; NumPy's own does that, before or after"
_SETTINGS = "settings and information of the package; NumPy's own applies"
_IN_PLACE = "writes into an array; the error names the assignment that makes a new tensor"
_WRAPS = "makes an object or a function of Python, not an array"
_FRAME = "its columns are arbitrary up to a rotation, so no single one has a derivative"
_PARAMETER = "its derivative is by the parameter of a distribution, which has no closed form"
_NO_FORM = "its derivative has no closed form among the functions of SciPy"
_DESIGN = "designs a filter: its result is a table of constants, which SciPy's own gives"
_SYSTEM = "simulates or converts linear systems; write the recurrence with `lfilter` or `ag.linalg`"

ABSENT: dict[str, dict[str, str]] = {
    "numpy": {
        _FILES: """
            array2string array_repr array_str base_repr binary_repr datetime_as_string
            format_float_positional format_float_scientific frombuffer fromfile fromiter fromregex fromstring
            genfromtxt load loadtxt save savetxt savez savez_compressed
        """,
        _SETTINGS: """
            get_include get_printoptions getbufsize geterr geterrcall info printoptions set_printoptions
            setbufsize seterr seterrcall show_config show_runtime test
        """,
        "of dates": "busday_count busday_offset datetime_data is_busday isnat",
        _IN_PLACE: "copyto fill_diagonal place put put_along_axis putmask",
        _WRAPS: "asmatrix bmat frompyfunc nested_iters typename mintypecode",
        "`sort` sorts complex numbers as well": "sort_complex",
        "of the layout in memory, which a tensor does not promise": """
            asanyarray asarray_chkfinite ascontiguousarray asfortranarray isfortran require
        """,
        "deprecated": "in1d row_stack safe_eval trapz",
    },
    "numpy.linalg": {},
    "numpy.fft": {},
    "scipy.linalg": {
        _FRAME: """
            cdf2rdf cossin hessenberg ldl null_space ordqz orth qr_delete qr_insert qr_multiply qr_update qz
            rsf2csf schur
        """,
        "balances by powers of two: piecewise constant factors": "matrix_balance",
        "of any function, which cannot be differentiated from its values": "funm",
        "estimates or draws at random": "clarkson_woodruff_transform expm_cond",
        "not there yet: Riccati equations, and the Cholesky factor of a banded matrix": """
            cho_solve_banded cholesky_banded solve_continuous_are solve_discrete_are
        """,
        "the QR decomposition of reversed rows; compose it of `qr`": "rq",
        "of Fourier transforms; compose it of those of `ag.fft`": "solve_circulant",
        "hands out routines of BLAS and LAPACK": "find_best_blas_type get_blas_funcs get_lapack_funcs",
        "deprecated": "kron tri tril triu",
    },
    "scipy.fft": {
        "Hermitian transforms over several axes, seldom used: `hfft` and `fftn` compose them": """
            hfft2 hfftn ihfft2 ihfftn
        """,
        "of logarithmically spaced points, seldom used": "fht fhtoffset ifht",
        "lengths, which are integers; SciPy's own gives them": "next_fast_len prev_fast_len",
        "settings of SciPy; its own applies": """
            get_workers register_backend set_backend set_global_backend set_workers skip_backend
        """,
    },
    "scipy.special": {
        "settings of SciPy; its own applies": "geterr seterr",
        _PARAMETER: """
            bdtrik bdtrin btdtria btdtrib chdtriv chndtridf chndtrinc fdtridfd gdtria gdtrib nbdtrik nbdtrin
            ncfdtridfd ncfdtridfn ncfdtrinc nctdtridf nctdtrinc pdtrik stdtridf
        """,
        _NO_FORM: """
            chndtr chndtrix ncfdtr ncfdtri nctdtr nctdtrit tklmbda kolmogi kolmogorov smirnov smirnovi
            besselpoly lmbda log_wright_bessel wright_bessel zetac
        """,
        "zeros, nodes, weights and coefficients: constants of integers, which SciPy's own gives": """
            ai_zeros bei_zeros beip_zeros ber_zeros bernoulli berp_zeros bi_zeros c_roots cg_roots erf_zeros
            euler fresnel_zeros fresnelc_zeros fresnels_zeros h_roots he_roots j_roots jn_zeros jnjnp_zeros
            jnp_zeros jnyn_zeros js_roots kei_zeros keip_zeros kelvin_zeros ker_zeros kerp_zeros l_roots
            la_roots mathieu_even_coef mathieu_odd_coef obl_cv_seq p_roots pro_cv_seq ps_roots roots_chebyc
            roots_chebys roots_chebyt roots_chebyu roots_gegenbauer roots_genlaguerre roots_hermite
            roots_hermitenorm roots_jacobi roots_laguerre roots_legendre roots_sh_chebyt roots_sh_chebyu
            roots_sh_jacobi roots_sh_legendre s_roots stirling2 t_roots ts_roots u_roots us_roots y0_zeros
            y1_zeros y1p_zeros yn_zeros ynp_zeros
        """,
        "makes a polynomial object; the functions eval_* have derivatives": """
            chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi laguerre legendre
            sh_chebyt sh_chebyu sh_jacobi sh_legendre
        """,
        "a table of orders, and their derivatives, for one number": """
            assoc_legendre_p_all clpmn legendre_p_all lpmn lpn lqmn lqn pbdn_seq pbdv_seq pbvv_seq riccati_jn
            riccati_yn sph_harm_y_all sph_legendre_p_all
        """,
        "spheroidal, Mathieu, ellipsoidal and parabolic cylinder functions, seldom used": """
            ellip_harm ellip_harm_2 ellip_normal mathieu_a mathieu_b mathieu_cem mathieu_modcem1
            mathieu_modcem2 mathieu_modsem1 mathieu_modsem2 mathieu_sem obl_ang1 obl_ang1_cv obl_cv obl_rad1
            obl_rad1_cv obl_rad2 obl_rad2_cv pbdv pbvv pbwa pro_ang1 pro_ang1_cv pro_cv pro_rad1 pro_rad1_cv
            pro_rad2 pro_rad2_cv
        """,
        "of integers, and approximate between them": "factorial2 factorialk",
        "brings its own derivatives, with diff_n=": "assoc_legendre_p legendre_p sph_harm_y sph_legendre_p",
        "Carlson's integrals, not there yet; `ellipk`, `ellipe` and `ellipkinc` are": """
            elliprc elliprd elliprf elliprg elliprj
        """,
        "Kelvin functions, seldom used": "bei beip ber berp kei keip kelvin ker kerp",
        "integrals that SciPy computes to a few digits only": """
            it2i0k0 it2j0y0 it2struve0 itairy iti0k0 itj0y0 itmodstruve0 itstruve0 modfresnelm modfresnelp
        """,
        "not there yet; `airy` is": "airye",
        "deprecated": "btdtr btdtri lpmv sph_harm",
    },
    "scipy.signal": {
        _DESIGN: """
            bessel besselap buttap butter buttord cheb1ap cheb1ord cheb2ap cheb2ord cheby1 cheby2 ellip
            ellipap ellipord firls firwin firwin2 firwin_2d gammatone iirdesign iirfilter iirnotch iirpeak
            kaiser_atten kaiser_beta kaiserord minimum_phase remez savgol_coeffs sosfilt_zi
            band_stop_obj findfreqs get_window gauss_spline max_len_seq unit_impulse choose_conv_method
            correlation_lags check_COLA check_NOLA closest_STFT_dual_window czt_points cmplx_sort
        """,
        _SYSTEM: """
            abcd_normalize bilinear bilinear_zpk bode cont2discrete dbode dfreqresp dimpulse dlsim dstep
            freqresp impulse invres invresz lp2bp lp2bp_zpk lp2bs lp2bs_zpk lp2hp lp2hp_zpk lp2lp lp2lp_zpk
            lsim normalize place_poles residue residuez sos2tf sos2zpk ss2tf ss2zpk step tf2sos tf2ss tf2zpk
            unique_roots zpk2sos zpk2ss zpk2tf lfiltic impulse2 lsim2 step2
        """,
        "finds places or ranks, which are piecewise constant": """
            argrelextrema argrelmax argrelmin find_peaks find_peaks_cwt medfilt medfilt2d order_filter
            peak_prominences peak_widths
        """,
        "made of Fourier transforms, convolutions and elementwise functions; compose it of those": """
            chirp coherence csd czt decimate deconvolve envelope freqs freqs_zpk freqz freqz_sos
            freqz_zpk gausspulse group_delay hilbert2 istft lombscargle periodogram resample sawtooth
            sosfreqz spectrogram square stft sweep_poly vectorstrength welch wiener zoom_fft
        """,
        "not there yet; `convolve` and `lfilter` do their work": """
            savgol_filter sepfir2d sosfiltfilt upfirdn resample_poly
            iircomb symiirorder1 symiirorder2
        """,
        "of splines, in compiled code": """
            cspline1d cspline1d_eval cspline2d qspline1d qspline1d_eval qspline2d spline_filter bspline cubic
            quadratic
        """,
        "wavelets, no longer in SciPy": "cascade cwt daub morlet morlet2 qmf ricker",
    },
}

# Names above that only the older ones of the supported versions have.
GONE: dict[str, str] = {
    "numpy": "in1d safe_eval trapz",
    "scipy.linalg": "kron tri tril triu",
    "scipy.special": "btdtr btdtri clpmn lpmn lpn sph_harm",
    "scipy.signal": """
        bspline cascade cmplx_sort cubic cwt daub impulse2 lsim2 morlet morlet2 qmf quadratic ricker step2
    """,
}
